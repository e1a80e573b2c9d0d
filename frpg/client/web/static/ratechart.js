// Traffic of one proxy since its page was opened: the program counts bytes of each, and keeps a curve only of all.
import { LiveChart } from "./kit/chart.js";
import { Card } from "./kit/parts.js";
import { html, useRef } from "./kit/preact.js";

const MOST = 300; // points: ten minutes at one in two seconds

export function RateChart({ row, now }) {
  const points = useRates(row, now);
  const pick = (key) => points.map((point) => point[key]);
  const series = [
    { label: "In", values: pick("in"), color: "--in" },
    { label: "Out", values: pick("out"), color: "--out" },
  ];
  return html`
    <${Card} title="Traffic" extra=${html`<small>since this page was opened</small>`}>
      <${LiveChart} label="Traffic of ${row.name}" times=${pick("at")} now=${now} series=${series} unit="rate" height=${160} />
    <//>
  `;
}

function useRates({ trafficIn, trafficOut }, now) {
  const seen = useRef({ last: null, points: [] });
  const { last, points } = seen.current;
  if (last?.at === now) return points;
  const step = last && now - last.at;
  // Counters that went back are those of another process.
  const isNext = step > 0 && trafficIn >= last.trafficIn && trafficOut >= last.trafficOut;
  const point = isNext && { at: now, in: (trafficIn - last.trafficIn) / step, out: (trafficOut - last.trafficOut) / step };
  seen.current = { last: { at: now, trafficIn, trafficOut }, points: point ? [...points, point].slice(-MOST) : points };
  return seen.current.points;
}
