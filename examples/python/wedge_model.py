"""The wedge model in ten lines

Optima in different wedges are separated by barriers and joined by tunnels.
"""

import nwedge

# %%
land = nwedge.wedge_model(dimension=1000, wedges=20, short_directions=50)
optima = [nwedge.train(land, seed=seed, steps=300) for seed in range(3)]
tunnel = nwedge.tunnel(land, optima)
for finding in tunnel.findings:
    print(f"{finding.claim}: {finding.verdict}\n  predicted: {finding.prediction}\n  measured:  {finding.measurement}")

# %%
# notebook: tunnel.plot()
# %% [markdown]
# How many short directions does the Hessian show? The model has 50.

# %%
spectrum = nwedge.spectrum(land, optima[0]).numbers["points"][-1]
print("short directions by the spectrum:", spectrum["count-above"]["value"])
print("the report is", tunnel.report("tunnel.html"))
