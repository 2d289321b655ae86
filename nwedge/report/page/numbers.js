// Statistics over seeds and how numbers are written.
"use strict";
(() => {
  const finite = values => Array.from(values).filter(Number.isFinite);

  nwedge.mean = values => {
    const kept = finite(values);
    return kept.length ? kept.reduce((sum, x) => sum + x, 0) / kept.length : NaN;
  };

  /** Standard deviation with n - 1; NaN for fewer than two values. */
  nwedge.deviation = values => {
    const kept = finite(values), mean = nwedge.mean(kept);
    return kept.length > 1 ? Math.sqrt(kept.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (kept.length - 1)) : NaN;
  };

  /** Quantile by linear interpolation between order statistics. */
  nwedge.quantile = (values, share) => {
    const sorted = finite(values).sort((a, b) => a - b);
    if (!sorted.length) return NaN;
    const position = share * (sorted.length - 1), below = Math.floor(position);
    return sorted[below] + (position - below) * ((sorted[below + 1] ?? sorted[below]) - sorted[below]);
  };
  nwedge.median = values => nwedge.quantile(values, 0.5);
  nwedge.least = values => finite(values).reduce((a, b) => Math.min(a, b), Infinity);
  nwedge.most = values => finite(values).reduce((a, b) => Math.max(a, b), -Infinity);

  const superscript = exponent => String(exponent).replace(/./g, c => c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]);

  /** A number as text: `digits` significant ones, thin spaces between thousands, powers of ten when far from 1. */
  nwedge.format = (value, digits = 3) => {
    if (value === null || value === undefined || Number.isNaN(value)) return "not finite";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    if (value === 0) return "0";
    const size = Math.abs(value);
    let text;
    if (Number.isInteger(value) && size < 1e9) text = value.toLocaleString("en-US");
    else if (size < 1e-3 || size >= 1e6) {
      const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
      text = `${mantissa.replace(/\.?0+$/, "")} × 10${superscript(Number(exponent))}`;
    } else if (size >= 10 ** digits) text = Math.round(value).toLocaleString("en-US");
    else text = Number(value.toPrecision(digits)).toString();
    return text.replace("-", "−").replace(/,/g, "\u202f");
  };

  nwedge.percent = (value, digits = 3) => Number.isFinite(value) ? `${nwedge.format(100 * value, digits)} %` : "not finite";

  /** "0.21 ± 0.03": mean and standard deviation over seeds; one number alone when there is one. */
  nwedge.spread = (values, write = nwedge.format) => {
    const kept = finite(values);
    if (!kept.length) return "not finite";
    const deviation = nwedge.deviation(kept);
    if (!Number.isFinite(deviation)) return write(kept[0]);
    return deviation === 0 ? write(kept[0]) : `${write(nwedge.mean(kept))} ± ${write(deviation, 2)}`;
  };

  nwedge.duration = seconds => {
    if (!Number.isFinite(seconds)) return "";
    if (seconds < 10) return `${nwedge.format(seconds, 2)} s`;
    if (seconds < 100) return `${Math.round(seconds)} s`;
    if (seconds < 6000) return `${nwedge.format(seconds / 60, 2)} min`;
    return `${nwedge.format(seconds / 3600, 2)} h`;
  };

  /** "0–4" or "0, 3, 7". */
  nwedge.seedList = seeds => {
    const sorted = [...new Set(seeds)].sort((a, b) => a - b);
    const consecutive = sorted.length > 2 && sorted.every((seed, i) => seed === sorted[0] + i);
    return consecutive ? `${sorted[0]}–${sorted[sorted.length - 1]}` : sorted.join(", ");
  };

  nwedge.count = (number, one, many = `${one}s`) => `${nwedge.format(number)} ${number === 1 ? one : many}`;

  /** "a, b and c". */
  nwedge.list = words => words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;

  /** Value of a sampled curve at `x` by linear interpolation; NaN outside. `xs` increases. */
  nwedge.interpolate = (xs, ys, x) => {
    if (!(x >= xs[0] && x <= xs[xs.length - 1])) return NaN;
    let high = 1;
    while (high < xs.length - 1 && xs[high] < x) high++;
    const share = (x - xs[high - 1]) / ((xs[high] - xs[high - 1]) || 1);
    return ys[high - 1] + share * (ys[high] - ys[high - 1]);
  };

  /** Mean and standard deviation over runs [{x, y}] at the abscissae of the first run. */
  nwedge.meanCurve = runs => {
    const x = runs[0].x;
    const same = runs.every(run => run.x.length === x.length && run.x.every((value, i) => value === x[i]));
    const columns = x.map((value, i) => runs.map(run => same ? run.y[i] : nwedge.interpolate(run.x, run.y, value)));
    return { x, y: columns.map(nwedge.mean), deviation: columns.map(nwedge.deviation) };
  };
})();
