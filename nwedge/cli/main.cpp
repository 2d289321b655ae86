#include <fmt/core.h>

int main() { return 0; }
