// @ts-check
// Rates, shares of the verdicts and response times, drawn as SVG; each picture has its numbers as a table.
import { get } from "./api.mjs";
import { verdict } from "./chips.mjs";
import { ErrorNote, Loading, useLoad } from "./common.mjs";
import { html, useEffect, useState } from "./html.mjs";
import { count, duration, line } from "./text.mjs";

const REFRESH = 2000;
const WIDTH = 600;
const HEIGHT = 90;

/** @param {{isLive: boolean}} props */
export function Stats({ isLive }) {
  const [minutes, setMinutes] = useState(10);
  const { data, error, reload } = useLoad((signal) => get(`stats?minutes=${minutes}`, signal), minutes);
  useEffect(() => {
    if (!isLive) return;
    const timer = setInterval(() => document.hidden || reload(), REFRESH);
    return () => clearInterval(timer);
  }, [isLive]);
  return html`<div class="screen">
    <h2>Statistics</h2>
    <div class="form"><label>Time <select value=${minutes} onChange=${(/** @type {any} */ e) => setMinutes(Number(e.target.value))}>
      <option value="1">The last minute</option><option value="10">The last 10 minutes</option><option value="60">The last hour</option>
      <option value="1440">The last day</option></select></label></div>
    <${ErrorNote} error=${error} />
    ${!data && !error && html`<${Loading} />`}
    ${data && html`<p>${count(data.total)} ${data.total === 1 ? "delivery" : "deliveries"}${data.complete === false && html`<span class="quiet">, the newest only</span>`}</p>
      <${Rate} points=${data.per_second} minutes=${minutes} />
      <${Shares} title="Signatures" shares=${data.by_signature} />
      <${Shares} title="Payloads" shares=${data.by_payload} />
      <${Shares} title="Statuses" shares=${data.by_status} />
      <${Latency} latency=${data.latency} />`}
  </div>`;
}

/** @param {{points: [number, number][], minutes: number}} props */
function Rate({ points, minutes }) {
  const end = Math.max(Math.floor(Date.now() / 1000), points.at(-1)?.[0] ?? 0);
  const buckets = new Array(Math.min(120, minutes * 60)).fill(0);
  const width = (minutes * 60) / buckets.length;
  for (const [second, n] of points) {
    const index = buckets.length - 1 - Math.floor((end - second) / width);
    if (index >= 0) buckets[index] += n;
  }
  const max = Math.max(1, ...buckets);
  const bar = WIDTH / buckets.length;
  const peak = max / width;
  const label = `Deliveries in time; at most ${peak.toFixed(peak < 10 ? 1 : 0)} a second`;
  return html`<h3>Rate</h3><p class="quiet">${label}.</p>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${label} class="chart">
      <line x1="0" x2=${WIDTH} y1=${HEIGHT - 0.5} y2=${HEIGHT - 0.5} class="axis" />
      ${buckets.map((n, i) => n > 0 && html`<rect x=${i * bar} width=${Math.max(1, bar - 1)} y=${HEIGHT - (n / max) * HEIGHT} height=${(n / max) * HEIGHT} class="bar-accent" />`)}
    </svg>`;
}

/** @param {{title: string, shares: Record<string, number>}} props */
function Shares({ title, shares }) {
  const all = Object.entries(shares).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
  const total = all.reduce((sum, [, n]) => sum + n, 0);
  if (total === 0) return null;
  const tone = (/** @type {string} */ word) => (/^\d/.test(word) ? (word < "3" ? "good" : word < "4" ? "warn" : "bad") : verdict(word)[1]);
  let x = 0;
  const described = all.map(([word, n]) => `${line(word, 40)} ${count(n)}`).join(", ");
  return html`<h3>${title}</h3>
    <svg viewBox="0 0 ${WIDTH} 14" role="img" aria-label="${title}: ${described}" class="chart share" preserveAspectRatio="none">
      ${all.map(([word, n]) => {
        const width = (n / total) * WIDTH;
        x += width;
        return html`<rect x=${x - width} width=${Math.max(0.5, width - 1)} y="0" height="14" class="fill-${tone(word)}" />`;
      })}
    </svg>
    <table class="numbers"><tbody>${all.map(([word, n]) => html`<tr><th scope="row"><span class="chip ${tone(word)}">${line(/^\d/.test(word) ? word : verdict(word)[2], 40)}</span></th>
      <td>${count(n)}</td><td>${((n / total) * 100).toFixed(1)} %</td></tr>`)}</tbody></table>`;
}

/** @param {{latency: {buckets_ms: [number|null, number][], p50: number|null, p95: number|null, p99: number|null}}} props */
function Latency({ latency }) {
  const { buckets_ms: buckets, p50, p95, p99 } = latency;
  const max = Math.max(1, ...buckets.map(([, n]) => n));
  if (buckets.every(([, n]) => n === 0)) return null;
  const bar = WIDTH / buckets.length;
  const label = `Response times: median ${duration(p50)} ms, 95th percentile ${duration(p95)} ms, 99th percentile ${duration(p99)} ms`;
  return html`<h3>Response times</h3><p>${label}.</p>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT + 16}" role="img" aria-label=${label} class="chart">
      <line x1="0" x2=${WIDTH} y1=${HEIGHT - 0.5} y2=${HEIGHT - 0.5} class="axis" />
      ${buckets.map(([upper, n], i) => html`
        <rect x=${i * bar} width=${Math.max(1, bar - 2)} y=${HEIGHT - (n / max) * HEIGHT} height=${(n / max) * HEIGHT} class="bar-accent" />
        <text x=${i * bar + bar / 2} y=${HEIGHT + 12} text-anchor="middle">${upper === null ? "more" : `≤${upper}`}</text>`)}
    </svg>`;
}
