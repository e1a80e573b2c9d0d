// One door to the vendored library, so that its place and name stand once.
export * from "../vendor/htm-preact.js";
