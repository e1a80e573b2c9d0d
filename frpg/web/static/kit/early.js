// The remembered theme, before the first paint: a classic script, since modules come too late for that.
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing follows the system.
}
