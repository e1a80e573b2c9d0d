// One proxy or visitor: how it is doing, and the options it runs with.
import { RowActions } from "../columns.js";
import { ShownOptions } from "../form/shown.js";
import { createHref, ends } from "../kinds.js";
import { bytes, count } from "../kit/format.js";
import { Icon } from "../kit/icons.js";
import { Card, Empty, Facts, Loading, PageHead, Problem } from "../kit/parts.js";
import { usePoll } from "../kit/poll.js";
import { html } from "../kit/preact.js";
import { go } from "../kit/router.js";
import { rowsOf, SessionNotice, useClient } from "../live.js";
import { PhaseBadge } from "../phases.js";
import { RateChart } from "../ratechart.js";
import { effective } from "../store.js";

export function EntryPage({ kind, name }) {
  const live = useClient();
  const options = usePoll((signal) => effective(kind, name, signal), [kind.word, name], { every: 10_000 });
  const back = { href: `#${kind.path}`, label: kind.title };
  const { data: definition, error } = options;
  if (error?.status === 404) return html`<${Missing} kind=${kind} name=${name} back=${back} />`;
  if (!definition || !live.data) {
    const failure = error ?? live.error;
    return html`
      <${PageHead} title=${name} back=${back} />
      <${Card}>${failure ? html`<${Problem} error=${failure} retry=${options.refresh} />` : html`<${Loading} />`}<//>
    `;
  }
  const { row, stored } = rowsOfName(kind, live.data, definition);
  const refresh = () => {
    live.refresh();
    options.refresh();
  };
  return html`
    <${PageHead} title=${name} back=${back} badge=${html`<${PhaseBadge} status=${row.status} />`} sub=${origin(row, stored)}>
      <${Actions} kind=${kind} row=${row} stored=${stored} refresh=${refresh} hasStore=${live.data.config.store} />
    <//>
    <${SessionNotice} live=${live.data} />
    ${row.err && html`<${LastError} text=${row.err} isRunning=${row.status === "running"} />`}
    <div class="stack">
      <${Card}><div class="entry-facts"><${Facts} rows=${facts(kind, row)} /></div><//>
      ${kind.hasTraffic && html`<${RateChart} row=${row} now=${live.data.now} />`}
      <h2 class="part">Configuration <small>${row.enabled ? "in force, with defaults" : "as stored"}</small></h2>
      <${ShownOptions} kind=${kind} definition=${definition} />
    </div>
  `;
}

/** File and store may both have the name: `row` is the one that runs, `stored` that of the store. */
function rowsOfName(kind, live, definition) {
  const rows = rowsOf(live, kind).filter((row) => row.name === definition.name);
  if (!rows.length) rows.push(kind.rowOf(definition)); // what is not to run only the store can have
  return { row: rows.find(({ enabled }) => enabled) ?? rows[0], stored: rows.find(({ source }) => source === "store") };
}

function origin(row, stored) {
  const from = `${row.type.toUpperCase()} from ${row.source === "store" ? "the store" : "the configuration file"}`;
  if (row.overrides) return `${from}; it overrides the entry of the file`;
  return row.source === "config" && stored ? `${from}; the store has a disabled entry of this name` : from;
}

function Actions({ kind, row, stored, refresh, hasStore }) {
  const leave = () => go(kind.path, { tab: "store" });
  if (stored) return html`<${RowActions} kind=${kind} row=${stored} done=${refresh} gone=${leave} />`;
  return hasStore && html`<a class="button" href=${createHref(kind, row.name)}><${Icon} name="copy" size="16" />Copy to the store</a>`;
}

const LastError = ({ text, isRunning }) => html`
  <div class="notice bad" role="status">
    <${Icon} name="warning" />
    <span><b>${isRunning ? "Last error" : "Connection error"}</b><span class="line">${text}</span></span>
  </div>
`;

function facts(kind, row) {
  const [from, to] = ends(kind, row);
  return [
    [kind.hasTraffic ? "Remote address" : "Bind address", from && html`<${Addresses} row=${row} text=${from} />`],
    [kind.hasTraffic ? "Local service" : "Reaches", to && html`<span class="mono">${to}</span>`],
    ...(kind.hasTraffic
      ? [
          ["Connections", count(row.conns)],
          ["Traffic in", bytes(row.trafficIn)],
          ["Traffic out", bytes(row.trafficOut)],
        ]
      : [["Plugin", row.plugin]]),
  ];
}

/** Web addresses as links; a wildcard leads nowhere. */
function Addresses({ row, text }) {
  const isWeb = row.type === "http" || row.type === "https";
  return text
    .split(",")
    .map((address) =>
      isWeb && !address.includes("*")
        ? html`<a class="line mono" key=${address} href=${`${row.type}://${address}`} target="_blank" rel="noopener noreferrer">${address}</a>`
        : html`<span class="line mono" key=${address}>${address}</span>`,
    );
}

function Missing({ kind, name, back }) {
  const action = html`<a class="button" href=${back.href}>To all ${kind.plural}</a>`;
  return html`
    <${PageHead} title="${kind.label} not found" back=${back} />
    <${Card}>
      <${Empty} icon=${kind.icon} title="No ${kind.word} by that name" action=${action}>Neither the configuration nor the store has ${name}.<//>
    <//>
  `;
}
