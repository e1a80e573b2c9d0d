// Requests to the program's HTTP API: JSON in and out, one kind of error, always a deadline.
import { answered, silent } from "./reach.js";

const DEADLINE = 15_000; // ms
const GATEWAY = new Set([502, 503, 504]); // a reverse proxy tells that nobody is behind it

/** An answer that is no success. `status` is 0 when there was none at all. */
export class ApiError extends Error {
  constructor(status, message, faults = []) {
    super(message);
    this.status = status;
    this.faults = faults; // [{line, path, text}] of a refused configuration
  }
}

export const isAbort = (error) => error?.name === "AbortError";

/** Path segments of an API address: every name may contain anything. */
export const segment = (name) => encodeURIComponent(name);

/**
 * @param path relative to the page, such as "../api/status"
 * @param options method; query (undefined values are left out); body (an object goes as JSON, a string as text);
 *   as ("json" or "text"); signal (aborts); timeout in ms
 */
export async function api(path, { method = "GET", query, body, as = "json", signal, timeout = DEADLINE } = {}) {
  const response = await send(path + queryString(query), method, body, signal, timeout);
  const text = await read(response, signal);
  if (GATEWAY.has(response.status)) silent();
  else answered();
  if (!response.ok) throw failure(response, text);
  return as === "text" ? text : parse(text);
}

function queryString(query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  return pairs.length ? `?${new URLSearchParams(pairs)}` : "";
}

async function send(address, method, body, signal, timeout) {
  const isText = typeof body === "string";
  const deadline = AbortSignal.timeout(timeout);
  try {
    return await fetch(absolute(address), {
      method,
      body: body === undefined || isText ? body : JSON.stringify(body),
      headers: body === undefined ? {} : { "Content-Type": isText ? "text/plain; charset=utf-8" : "application/json" },
      credentials: "same-origin",
      cache: "no-store",
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
  } catch (error) {
    throw lost(error, signal);
  }
}

/** Without the password that the page's own address may have in it: fetch refuses such addresses. */
const absolute = (address) => new URL(address, location.origin + location.pathname);

async function read(response, signal) {
  try {
    return await response.text();
  } catch (error) {
    throw lost(error, signal);
  }
}

function lost(error, signal) {
  if (signal?.aborted) return new DOMException("left", "AbortError");
  silent();
  const text = error.name === "TimeoutError" ? "No answer in time." : "No answer: the program or the way to it is down.";
  return new ApiError(0, text);
}

function parse(text) {
  if (!text.trim()) return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(0, "The answer is not JSON. Is something between the browser and the program?");
  }
}

/** frp has {"Code","Msg"} in v1 and {"code","msg"} in v2; a wrong method or a proxy on the way has neither. */
function failure(response, text) {
  try {
    const { Msg, msg, Faults } = JSON.parse(text);
    return new ApiError(response.status, Msg || msg || fallback(response), Faults);
  } catch {
    return new ApiError(response.status, fallback(response));
  }
}

const fallback = (response) => `The answer was ${response.status} ${response.statusText}`.trim();
