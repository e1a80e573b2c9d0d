// What an operator can do to a client, a proxy or a connection: ask, do it, say what came of it. Each resolves to true when it was done.
import { segment } from "./kit/api.js";
import { confirmDialog } from "./kit/dialog.js";
import { count } from "./kit/format.js";
import { toast, toastError } from "./kit/toast.js";
import { clientName } from "./names.js";
import { v2 } from "./v2.js";

const KEEP_OUT = [
  { value: 600, label: "Keep it out for 10 minutes", hint: "Its logins are refused until then, or until you admit it." },
  { value: 3600, label: "Keep it out for an hour", hint: "Its logins are refused until then, or until you admit it." },
];
const ONLY_DISCONNECT = { value: 0, label: "Just disconnect", hint: "A client that still runs comes back within seconds." };

export async function kick(client) {
  const name = clientName(client);
  const seconds = await confirmDialog({
    title: client.online ? `Disconnect ${name}?` : `Keep ${name} out?`,
    text: client.online ? "Its proxies go offline and their open connections end." : undefined,
    choices: client.online ? [ONLY_DISCONNECT, ...KEEP_OUT] : KEEP_OUT,
    confirm: client.online ? "Disconnect" : "Keep out",
    danger: true,
  });
  if (seconds === null) return false;
  const body = seconds ? { keepOutSeconds: seconds } : {};
  const request = v2(`/clients/${segment(client.key)}/kick`, { method: "POST", body });
  return attempt(request, `${name} ${client.online ? "disconnected" : "is kept out"}`);
}

export const admit = (client) =>
  attempt(v2(`/clients/${segment(client.key)}/admit`, { method: "POST" }), `${clientName(client)} may log in again`);

export async function closeProxy({ name }) {
  const sure = await confirmDialog({
    title: `Close ${name}?`,
    text:
      "It takes no new visitors, and its name is refused until you open it again. " +
      "Connections that are open go on; cut them one by one if they have to end.",
    confirm: "Close proxy",
    danger: true,
  });
  return sure ? attempt(v2(`/proxies/${segment(name)}/close`, { method: "POST" }), `${name} closed`) : false;
}

export const openProxy = ({ name }) =>
  attempt(
    v2(`/proxies/${segment(name)}/open`, { method: "POST" }),
    `${name} may come back. A client of official frp has to log in anew for that.`,
  );

export async function cut({ id, remoteAddr, proxy }) {
  const sure = await confirmDialog({
    title: "Cut this connection?",
    text: `From ${remoteAddr}${proxy ? ` to ${proxy}` : ""}. The visitor can connect again.`,
    confirm: "Cut",
    danger: true,
  });
  return sure ? attempt(v2(`/connections/${id}`, { method: "DELETE" }), `Connection from ${remoteAddr} cut`) : false;
}

export async function clearOffline() {
  const sure = await confirmDialog({
    title: "Clear offline proxies?",
    text: "Forgets the statistics of every proxy that is offline now. Proxies that come back begin at zero.",
    confirm: "Clear offline",
    danger: true,
  });
  if (!sure) return false;
  const prune = v2("/system/prune", { method: "POST", query: { type: "offline_proxies" } });
  return attempt(prune, ({ cleared, total }) => `${count(cleared)} of ${count(total)} proxies were offline and are cleared`);
}

/** @param words what the toast says: a text, or a function of the answer */
async function attempt(request, words) {
  try {
    const answer = await request;
    toast(typeof words === "function" ? words(answer) : words);
    return true;
  } catch (error) {
    toastError(error);
    return false;
  }
}
