// A live chart of the last ten minutes (uPlot), with the figures of now, or of the moment under the pointer, in words.
import uPlot from "../vendor/uplot.js";
import { bytes, clock, count, exact, rate } from "./format.js";
import { html, useCallback, useEffect, useRef, useState } from "./preact.js";
import { useThemeChange } from "./theme.js";

const SPAN = 600; // seconds
const FORMATS = { rate, count, bytes };
const POWERS = Array.from({ length: 50 }, (_, i) => 2 ** i);
const TENS = Array.from({ length: 12 }, (_, i) => [1, 2, 5].map((n) => n * 10 ** i)).flat();

/**
 * @param times Unix seconds, ascending
 * @param series [{label, values, color: a CSS variable's name, such as "--in"}]
 * @param unit "rate", "count" or "bytes"
 */
export function LiveChart({ label, times, series, unit, height = 200, now }) {
  const box = useRef(null);
  const plot = useRef(null);
  const [at, setAt] = useState(null);
  const data = [times, ...series.map((one) => one.values)];
  const latest = useRef(null);
  latest.current = { data, now, series };

  const draw = useCallback(() => {
    plot.current?.destroy();
    plot.current = new uPlot(options(box.current, latest.current.series, unit, height, setAt), [[], ...series.map(() => [])], box.current);
    show(plot.current, latest.current);
  }, []);
  useEffect(() => {
    draw();
    const observer = new ResizeObserver(() => plot.current.setSize({ width: box.current.clientWidth, height }));
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      plot.current.destroy();
    };
  }, []);
  useThemeChange(draw);
  useEffect(() => show(plot.current, latest.current), [times, now]);

  const index = at ?? times.length - 1;
  const words = series.map((one) => `${one.label} ${FORMATS[unit](one.values[index] ?? 0)}`).join(", ");
  return html`
    <figure class="chart">
      <figcaption class="legend">
        ${series.map((one) => html`
          <span class="legend-item" key=${one.label}>
            <span class="swatch" style=${{ background: `var(${one.color})` }} aria-hidden="true"></span>${one.label}
            <b>${FORMATS[unit](one.values[index] ?? 0)}</b>
          </span>
        `)}
        <span class="legend-time">${at === null ? "now" : exact(times[at])}</span>
      </figcaption>
      <div
        class="chart-box"
        ref=${box}
        style=${{ height: `${height}px` }}
        role="img"
        aria-label="${label}, last ten minutes. Now: ${words}."
      ></div>
    </figure>
  `;
}

function show(plot, { data, now }) {
  const end = now ?? data[0].at(-1) ?? Date.now() / 1000;
  plot.batch(() => {
    plot.setData(data, false);
    plot.setScale("x", { min: end - SPAN, max: end });
  });
}

/** A canvas knows no CSS variables: ask the browser what they are now. */
function color(box, name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  box.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function options(box, series, unit, height, setAt) {
  const text = color(box, "--muted");
  const grid = { stroke: color(box, "--line"), width: 1 };
  const axis = { stroke: text, grid, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  return {
    width: box.clientWidth,
    height,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    hooks: { setCursor: [(plot) => setAt(plot.cursor.idx ?? null)] },
    scales: { x: { time: true, auto: false }, y: { range: (_, __, max) => [0, headroom(max, unit)] } },
    axes: [
      { ...axis, grid: { show: false }, values: times, incrs: [60, 120, 300], space: 56, size: 28 },
      {
        ...axis,
        values: (_, splits) => splits.map(FORMATS[unit]),
        incrs: unit === "count" ? TENS : POWERS,
        space: 36,
        size: unit === "count" ? 48 : 76,
        gap: 8,
      },
    ],
    series: [{}, ...series.map((one) => line(color(box, one.color), one.label))],
  };
}

/** Not at the very left, where it would run into the zero of the other axis. */
const times = (plot, splits) => splits.map((at) => (plot.valToPos(at, "x") < 20 ? null : clock(at)));

const line = (stroke, label) => ({
  label,
  stroke,
  width: 1.75,
  fill: stroke.replace("rgb(", "rgba(").replace(")", ", 0.12)"),
  points: { show: false },
});

/** A quiet line does not fill the chart: at least 1 KB/s, or four things. */
function headroom(max, unit) {
  return Math.max((max ?? 0) * 1.15, unit === "count" ? 4 : 1024);
}
