// One scrape of Prometheus' text format: enough of it for the charts.

const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;

export class Scrape {
  constructor(text, time) {
    this.time = time;
    this.samples = new Map();
    for (const line of text.split("\n")) {
      const match = line.startsWith("#") ? null : sample.exec(line);
      if (!match) continue;
      const labels = Object.fromEntries([...(match[2] ?? "").matchAll(label)].map(([, name, value]) => [name, value]));
      if (!this.samples.has(match[1])) this.samples.set(match[1], []);
      this.samples.get(match[1]).push({ labels, value: Number(match[3]) });
    }
  }

  select(name, where = {}) {
    return (this.samples.get(name) ?? []).filter(({ labels }) => Object.entries(where).every(([key, value]) => labels[key] === value));
  }

  sum(name, where) {
    return this.select(name, where).reduce((sum, { value }) => sum + value, 0);
  }

  /** Quantiles of what a histogram took in since `past`, by linear interpolation inside a bucket; NaN for nothing. */
  quantiles(name, where, past, wanted) {
    const before = new Map(past.select(`${name}_bucket`, where).map(({ labels, value }) => [labels.le, value]));
    const buckets = this.select(`${name}_bucket`, where)
      .map(({ labels, value }) => ({ bound: labels.le === "+Inf" ? Infinity : Number(labels.le), count: value - (before.get(labels.le) ?? 0) }))
      .sort((a, b) => a.bound - b.bound);
    const total = buckets.at(-1)?.count ?? 0;
    return wanted.map((quantile) => {
      if (total === 0) return NaN;
      const rank = quantile * total;
      const index = buckets.findIndex(({ count }) => count >= rank);
      const low = index > 0 ? buckets[index - 1] : { bound: 0, count: 0 };
      const high = buckets[index];
      if (!Number.isFinite(high.bound)) return low.bound;
      return low.bound + ((high.bound - low.bound) * (rank - low.count)) / (high.count - low.count);
    });
  }
}
