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
    if (size < 1e-15) return "≈\u00a00";  // rounding, whatever was measured
    let text;
    if (Number.isInteger(value) && size < 1e9) text = value.toLocaleString("en-US");
    else if (size < 1e-4 || size >= 1e6) {
      const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
      text = `${mantissa.replace(/\.?0+$/, "")} × 10${superscript(Number(exponent))}`;
    } else if (size >= 10 ** digits) text = Math.round(value).toLocaleString("en-US");
    else text = Number(value.toPrecision(digits)).toString();
    return text.replace("-", "−").replace(/,/g, "\u202f");
  };

  /** A finding's text as the page writes numbers: true minus signs, no "e+03", no line ends inside a number with its unit. */
  nwedge.tidy = text => String(text).replace(/\d+(\.\d+)?e[+-]\d+/g, number => nwedge.format(Number(number)))
    .replace(/(^|[\s[(])-(?=\d)/g, "$1−").replace(/(\d) %/g, "$1\u00a0%").replace(/(\d) ± (\d)/g, "$1\u00a0±\u00a0$2").replace(/\((\d+) (\w+)\)/g, "($1\u00a0$2)");

  nwedge.percent = (value, digits = 3) => Number.isFinite(value) ? `${nwedge.format(100 * value, digits)}\u00a0%` : "not finite";

  /**
   * "0.213 ± 0.034": mean and standard deviation over seeds, the deviation to two digits; a common power of ten is
   * taken out when far from 1. One number alone when there is one or when all are equal.
   */
  nwedge.spread = (values, write = nwedge.format) => {
    const percent = write === nwedge.percent, kept = finite(values).map(value => percent ? 100 * value : value);
    if (!kept.length) return "not finite";
    const mean = nwedge.mean(kept), deviation = nwedge.deviation(kept), unit = percent ? "\u00a0%" : "";
    if (!(deviation > 1e-6 * Math.abs(mean))) return nwedge.format(kept[0]) + unit;
    if (Math.max(Math.abs(mean), deviation) < 1e-15) return nwedge.format(1e-16) + unit;
    const size = Math.floor(Math.log10(Math.max(Math.abs(mean), deviation)));
    const power = size < -3 || size >= 6 ? size : 0;
    const decimals = Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(deviation / 10 ** power))));
    const text = value => nwedge.fixed(value / 10 ** power, decimals);
    const both = `${text(mean)} ± ${text(deviation)}`;
    return (power ? `(${both}) × 10${superscript(power)}` : both) + unit;
  };

  /** With this many decimals, thin spaces between thousands. */
  nwedge.fixed = (value, decimals) => (Math.abs(value) < 0.5 * 10 ** -decimals ? 0 : value).toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    .replace("-", "−").replace(/,/g, "\u202f");

  nwedge.duration = seconds => {
    if (!Number.isFinite(seconds)) return "";
    if (seconds < 1) return seconds < 1e-3 ? "< 1 ms" : `${nwedge.format(1000 * seconds, 2)} ms`;
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

  /** Begins with a capital and ends with a full stop. */
  nwedge.sentence = words => words ? `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? "" : "."}` : "";

  /** {x, y}: the values' running mean over a fiftieth of them, x being steps from 0 to `whole` - 1. */
  nwedge.smoothed = (values, whole = values.length) => {
    const half = Math.floor(values.length / 100), x = [], y = [];
    values.forEach((_, i) => {
      x.push(values.length > 1 ? Math.round(i * (whole - 1) / (values.length - 1)) : 0);
      y.push(nwedge.mean(values.slice(Math.max(0, i - half), i + half + 1)));
    });
    return { x, y };
  };

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
    const whole = (column, reduce) => column.every(Number.isFinite) ? reduce(column) : NaN;  // a mean of some runs would jump
    return { x, y: columns.map(column => whole(column, nwedge.mean)), deviation: columns.map(column => whole(column, nwedge.deviation)) };
  };
})();
