// The state of the client in one look, live.
import { PROXY, VISITOR, detailHref } from "../kinds.js";
import { LiveChart } from "../kit/chart.js";
import { bytes, count, duration } from "../kit/format.js";
import { Badge, Card, Facts, Figure, Loading, PageHead, Tag, Time } from "../kit/parts.js";
import { html, useMemo } from "../kit/preact.js";
import { Process } from "../kit/process.js";
import { href } from "../kit/router.js";
import { LiveProblem, SessionNotice, useClient } from "../live.js";
import { LevelSelect, ReloadButton, StopButton } from "../operate.js";
import { countGroups, GROUPS, groupOf } from "../phases.js";

export function OverviewPage() {
  const { data: live, error, refresh } = useClient();
  return html`
    <${PageHead} title="Overview">
      <${LevelSelect} level=${live?.logLevel} done=${refresh} />
      <${ReloadButton} done=${refresh} />
      <${StopButton} />
    <//>
    ${error && !live && html`<${LiveProblem} error=${error} refresh=${refresh} />`}
    <${SessionNotice} live=${live} />
    <div class="stack">
      <${Figures} live=${live} />
      <${Failing} live=${live} />
      <${Curves} live=${live} />
      <div class="twos">
        <${Session} live=${live} />
        <${Phases} kind=${PROXY} rows=${live?.proxies} />
        <${Phases} kind=${VISITOR} rows=${live?.visitors} />
        <${Process} live=${live} />
      </div>
    </div>
  `;
}

const sum = (rows, key) => rows.reduce((total, row) => total + row[key], 0);

function Figures({ live }) {
  const { proxies, visitors, client, now } = live ?? {};
  const traffic = proxies && [sum(proxies, "trafficIn"), sum(proxies, "trafficOut")];
  const isOn = client?.connected;
  return html`
    <div class="figures">
      <${Figure}
        label="Session"
        icon=${isOn ? "ok" : "warning"}
        value=${client && (isOn ? "Connected" : "Offline")}
        note=${client && sessionNote(client, now)}
      />
      <${Running} kind=${PROXY} rows=${proxies} />
      <${Running} kind=${VISITOR} rows=${visitors} />
      <${Figure} label="Connections" icon="connections" value=${proxies && count(sum(proxies, "conns"))} note="open now" />
      <${Figure}
        label="Traffic"
        icon="traffic"
        value=${traffic && bytes(traffic[0] + traffic[1])}
        note=${traffic && `↓ ${bytes(traffic[0])}\u00a0· ↑ ${bytes(traffic[1])}`}
      />
    </div>
  `;
}

// Which server stands below, in full: here it would be cut off.
const sessionNote = ({ connected, since, server }, now) => (connected ? `for ${duration(now - since)}` : `to ${server}`);

function Running({ kind, rows }) {
  const value = rows && count(countGroups(rows).running);
  const enabled = rows?.filter((row) => row.enabled).length;
  const note = rows && (enabled ? `of ${count(enabled)} running` : "none to run");
  return html`<${Figure} label=${kind.title} icon=${kind.icon} value=${value} note=${note} to="#${kind.path}" />`;
}

const MOST_ERRORS = 5;

/** What needs somebody: the first few, with a way to all. */
function Failing({ live }) {
  const failing = [PROXY, VISITOR].flatMap((kind) =>
    (live?.[kind.plural] ?? []).filter((row) => groupOf(row.status) === "error").map((row) => ({ kind, row })),
  );
  if (!failing.length) return null;
  const rest = failing.length - MOST_ERRORS;
  const extra = html`<${Badge} kind="bad">${count(failing.length)}<//>`;
  return html`
    <${Card} title="Not running" extra=${extra}>
      <ul class="failing">
        ${failing.slice(0, MOST_ERRORS).map(
          ({ kind, row }) => html`
          <li key=${`${kind.word} ${row.name}`}>
            <a class="clip" href=${detailHref(kind, row.name)} title=${row.name}>${row.name}</a>
            <span class="line">${row.err || row.status}</span>
          </li>
        `,
        )}
      </ul>
      ${rest > 0 && html`<p><a href=${href(failing.at(-1).kind.path, { status: "error" })}>and ${count(rest)} more</a></p>`}
    <//>
  `;
}

function Curves({ live }) {
  const samples = live?.samples;
  const curves = useMemo(() => {
    const pick = (key) => (samples ?? []).map((sample) => sample[key]);
    return { times: pick("at"), in: pick("in"), out: pick("out"), conns: pick("conns") };
  }, [samples]);
  const traffic = [
    { label: "In", values: curves.in, color: "--in" },
    { label: "Out", values: curves.out, color: "--out" },
  ];
  const conns = [{ label: "Connections", values: curves.conns, color: "--conns" }];
  const extra = html`<small>last 10 minutes</small>`;
  return html`
    <div class="curves">
      <${Card} title="Traffic" extra=${extra}>
        <${LiveChart} label="Traffic of all proxies" times=${curves.times} now=${live?.now} series=${traffic} unit="rate" />
      <//>
      <${Card} title="Connections" extra=${extra}>
        <${LiveChart} label="Connections" times=${curves.times} now=${live?.now} series=${conns} unit="count" />
      <//>
    </div>
  `;
}

function Session({ live }) {
  if (!live) return html`<${Card} title="Session"><${Loading} /><//>`;
  const { client, config } = live;
  const title = "Version of this program, and of the frp it stands in for";
  const extra = html`<${Tag} title=${title}>v${client.version} · frp ${client.frpVersion}<//>`;
  const rows = [
    ["Server", html`<span class="mono">${client.server}</span>`],
    [client.connected ? "Connected" : "Lost", client.since > 0 && html`<${Time} at=${client.since} />`],
    ["Protocol", `${client.protocol}${client.wireProtocol ? `, wire ${client.wireProtocol}` : ""}`],
    ["User", client.user],
    ["Client ID", client.clientID],
    ["Run ID", client.runID && html`<span class="mono">${client.runID}</span>`],
    ["Configuration", html`<a class="mono" href="#/config">${config.path || "none"}</a>`],
    ["Store", config.store ? "on" : "off"],
  ];
  return html`<${Card} title="Session" extra=${extra}><${Facts} rows=${rows} /><//>`;
}

function Phases({ kind, rows }) {
  if (!rows) return html`<${Card} title=${kind.title}><${Loading} /><//>`;
  const counts = countGroups(rows);
  const most = Math.max(...Object.values(counts), 1);
  return html`
    <${Card} title="${kind.title} by status">
      ${
        rows.length
          ? html`
            <ul class="phases">
              ${GROUPS.map(
                ({ key, label, kind: color }) => html`
                <li key=${key}>
                  <a href=${href(kind.path, { status: key })}>${label}</a>
                  <span class="phases-bar" aria-hidden="true"><span class=${color} style=${{ width: `${(counts[key] / most) * 100}%` }}></span></span>
                  <b>${count(counts[key])}</b>
                </li>
              `,
              )}
            </ul>
          `
          : html`<p class="muted">None is configured.</p>`
      }
    <//>
  `;
}
