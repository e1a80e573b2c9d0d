// What the program itself takes from its machine, as the live routes tell it.
import { bytes, count, duration, exact, percent } from "./format.js";
import { Card, Facts, Loading } from "./parts.js";
import { html } from "./preact.js";

export function Process({ live, asRows }) {
  if (!live) return html`<${Card} title="Process"><${Loading} /><//>`;
  const { process, startedAt, now } = live;
  const rows = [
    ["Running for", html`<span title="since ${exact(startedAt)}">${duration(now - startedAt)}</span>`],
    ["CPU", percent(process.cpuPercent)],
    ["Memory", bytes(process.memoryBytes)],
    ["Open files", html`${count(process.openFiles)} <small>of ${count(process.openFilesLimit)}</small>`],
    ["Greenlets", count(process.greenlets)],
    ["Threads", count(process.threads)],
  ];
  return html`<${Card} title="Process"><${Facts} asRows=${asRows} rows=${rows} /><//>`;
}
