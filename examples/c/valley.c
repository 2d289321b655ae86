/* Rosenbrock's valley as a program that nwedge calls (docs/landscape-protocol.md):
     cc -O2 examples/c/valley.c -o valley && nwedge spectrum --landscape command:./valley --optima 1
   L(x, y) = (1 - x)^2 + 100 (y - x^2)^2 */
#include <stdio.h>
#include <string.h>

static int is(const char *line, const char *call) {
  return strstr(line, call) != NULL;
}

static void answer(const void *head, size_t head_bytes, const void *tail, size_t tail_bytes) {
  printf("{\"bytes\":%zu}\n", head_bytes + tail_bytes);
  fwrite(head, 1, head_bytes, stdout);
  fwrite(tail, 1, tail_bytes, stdout);
}

int main(void) {
  char line[4096];
  float point[2] = {0, 0};
  while (fgets(line, sizeof line, stdin)) {
    if (is(line, "\"open\"")) {
      printf("nwedge-landscape {\"protocol\":1,\"dimension\":2,\"name\":\"Rosenbrock's valley\",\"deterministic\":true}\n");
    } else if (is(line, "\"initial-point\"")) {
      int seed = 0;
      sscanf(line, "{\"call\":\"initial-point\",\"seed\":%d", &seed);
      point[0] = -1.2f;
      point[1] = 1.0f + 0.1f * (float)seed;
      answer(point, sizeof point, point, 0);
    } else if (is(line, "\"gradient\"") && fread(point, sizeof point, 1, stdin) == 1) {
      double x = point[0], y = point[1], across = y - x * x;
      double loss = (1 - x) * (1 - x) + 100 * across * across;
      float gradient[2];
      gradient[0] = (float)(-2 * (1 - x) - 400 * x * across);
      gradient[1] = (float)(200 * across);
      answer(&loss, sizeof loss, gradient, sizeof gradient);
    } else {
      printf("{\"error\":\"only gradients are offered\"}\n");
    }
    fflush(stdout);
  }
  return 0;
}
