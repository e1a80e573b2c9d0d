// Traffic of seven days as bars; each day is reachable by keyboard and says its figures.
import { bytes, day } from "./format.js";
import { html } from "./preact.js";

const LEAST = 100; // bytes: the scale never ends below this

/** @param history [{date, trafficIn, trafficOut}], oldest first */
export function WeekBars({ history }) {
  const top = Math.max(LEAST, ...history.flatMap((one) => [one.trafficIn, one.trafficOut]));
  return html`
    <figure class="week">
      <figcaption class="legend">
        <${Legend} color="--in" label="In" total=${sum(history, "trafficIn")} />
        <${Legend} color="--out" label="Out" total=${sum(history, "trafficOut")} />
      </figcaption>
      <div class="week-plot">
        <div class="week-axis" aria-hidden="true"><span>${bytes(top)}</span><span>${bytes(top / 2)}</span><span>0</span></div>
        <div class="week-days">${history.map((one) => html`<${Day} key=${one.date} one=${one} top=${top} />`)}</div>
      </div>
    </figure>
  `;
}

const sum = (history, key) => history.reduce((total, one) => total + one[key], 0);

const Legend = ({ color, label, total }) => html`
  <span class="legend-item">
    <span class="swatch" style=${{ background: `var(${color})` }} aria-hidden="true"></span>${label}
    <b>${bytes(total)}</b>
  </span>
`;

function Day({ one, top }) {
  const words = `${day(one.date)}: in ${bytes(one.trafficIn)}, out ${bytes(one.trafficOut)}`;
  const [, month, dayOfMonth] = one.date.split("-").map(Number);
  return html`
    <div class="week-day" tabindex="0" role="img" aria-label=${words}>
      <div class="week-bars">
        <span class="bar" style=${{ height: height(one.trafficIn, top), background: "var(--in)" }}></span>
        <span class="bar" style=${{ height: height(one.trafficOut, top), background: "var(--out)" }}></span>
      </div>
      <span class="week-label">${month}-${dayOfMonth}</span>
      <span class="tip">${day(one.date)}<br />In ${bytes(one.trafficIn)}<br />Out ${bytes(one.trafficOut)}</span>
    </div>
  `;
}

/** What is not nothing can be seen: two pixels at least. */
const height = (n, top) => (n > 0 ? `max(2px, ${(n / top) * 100}%)` : "0");
