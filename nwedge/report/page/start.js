"use strict";
nwedge.build();
