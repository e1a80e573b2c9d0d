// The state of the server in one look, live.
import { useInfo } from "../config.js";
import { LiveChart } from "../kit/chart.js";
import { bytes, count, percent } from "../kit/format.js";
import { useLive } from "../kit/live.js";
import { Answer, Card, Facts, Figure, Loading, PageHead, Tag } from "../kit/parts.js";
import { html, useMemo } from "../kit/preact.js";
import { Process } from "../kit/process.js";
import { LevelSelect, ReloadButton } from "../operate.js";
import { TYPES } from "../names.js";
import { v2 } from "../v2.js";

export function OverviewPage() {
  const answer = useLive((since, signal) => v2("/system/live", { query: { since }, signal }));
  const { data: live, refresh } = answer;
  const info = useInfo();
  return html`
    <${PageHead} title="Overview">
      <${LevelSelect} level=${live?.logLevel} done=${refresh} />
      <${ReloadButton} done=${info.refresh} />
    <//>
    <${Answer} of=${answer}>
      <div class="stack">
        <${Figures} live=${live} />
        <${Curves} live=${live} />
        <div class="grid">
          <${ProxyTypes} status=${live?.status} />
          <${Waiting} waiting=${live?.waiting} />
          <${Process} asRows live=${live} />
        </div>
        <${Configuration} info=${info} />
      </div>
    <//>
  `;
}

function Figures({ live }) {
  const status = live?.status;
  const process = live?.process;
  const traffic = status && `↓ ${bytes(status.totalTrafficIn)}\u00a0· ↑ ${bytes(status.totalTrafficOut)}`;
  const size = process && `${bytes(process.memoryBytes)} · ${count(process.openFiles)} files`;
  return html`
    <div class="figures">
      <${Figure} label="Clients" icon="clients" value=${status && count(status.clientCounts)} note="logged in" to="#/clients?status=online" />
      <${Figure} label="Proxies" icon="proxies" value=${status && count(active(status))} note="registered" to="#/proxies?status=online" />
      <${Figure} label="Connections" icon="connections" value=${status && count(status.curConns)} note="open now" to="#/connections" />
      <${Figure} label="Traffic today" icon="traffic" value=${status && bytes(status.totalTrafficIn + status.totalTrafficOut)} note=${traffic} />
      <${Figure} label="CPU" icon="process" value=${process && percent(process.cpuPercent)} note=${size} />
    </div>
  `;
}

const active = (status) => Object.values(status.proxyTypeCount).reduce((sum, n) => sum + n, 0);

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
  return html`
    <div class="halves">
      <${Card} title="Network traffic" extra=${html`<small>last 10 minutes</small>`}>
        <${LiveChart} label="Network traffic" times=${curves.times} now=${live?.now} series=${traffic} unit="rate" />
      <//>
      <${Card} title="Connections" extra=${html`<small>last 10 minutes</small>`}>
        <${LiveChart} label="Connections" times=${curves.times} now=${live?.now} series=${conns} unit="count" />
      <//>
    </div>
  `;
}

function ProxyTypes({ status }) {
  if (!status) return html`<${Card} title="Proxy types now"><${Loading} /><//>`;
  const counts = TYPES.map((type) => [type, status.proxyTypeCount[type] ?? 0]).filter(([, n]) => n);
  const most = Math.max(...counts.map(([, n]) => n));
  return html`
    <${Card} title="Proxy types now">
      ${counts.length
        ? html`
            <ul class="types">
              ${counts.map(([type, n]) => html`
                <li key=${type}>
                  <a href="#/proxies/${type}">${type.toUpperCase()}</a>
                  <span class="types-bar" aria-hidden="true"><span style=${{ width: `${(n / most) * 100}%` }}></span></span>
                  <b>${count(n)}</b>
                </li>
              `)}
            </ul>
          `
        : html`<p class="muted">No active proxies. They appear as clients register them.</p>`}
    <//>
  `;
}

const Waiting = ({ waiting }) => html`
  <${Card} title="Waiting">
    ${waiting
      ? html`
          <${Facts}
            asRows
            rows=${[
              ["Strangers", html`${count(waiting.strangers)} <small>not logged in yet</small>`],
              ["Visitors", html`${count(waiting.users)} <small>for a client's answer</small>`],
              ["Work connections", html`${count(waiting.workConnections)} <small>ready for visitors</small>`],
            ]}
          />
        `
      : html`<${Loading} lines="2" />`}
  <//>
`;

function Configuration({ info }) {
  const { data } = info;
  return html`
    <${Card} title="Server configuration" extra=${data && html`<${Tag} title="Version">v${data.version}<//>`}>
      <${Answer} of=${info}>${data ? html`<${Facts} rows=${settings(data.config)} />` : html`<${Loading} />`}<//>
    <//>
  `;
}

const settings = (config) => [
  ["Bind port", config.bindPort],
  ["KCP port", config.kcpBindPort || undefined],
  ["QUIC port", config.quicBindPort || undefined],
  ["HTTP port", config.vhostHTTPPort || undefined],
  ["HTTPS port", config.vhostHTTPSPort || undefined],
  ["TCPMux port", config.tcpmuxHTTPConnectPort || undefined],
  ["Subdomain host", config.subdomainHost],
  ["Max pool count", count(config.maxPoolCount)],
  ["Max ports per client", config.maxPortsPerClient ? count(config.maxPortsPerClient) : "no limit"],
  ["Allowed ports", config.allowPortsStr.replaceAll(",", ", ")],
  ["TLS", config.tlsForce && "required"],
  ["Heartbeat timeout", config.heartbeatTimeout > 0 ? `${config.heartbeatTimeout} s` : "off"],
];
