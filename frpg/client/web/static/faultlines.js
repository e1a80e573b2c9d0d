// The lines of faults while the text around them is edited.

/** `faults` of `old` as they lie in `text`: those below the place of the change move with it. */
export function moved(faults, old, text) {
  const [before, after] = [old.split("\n"), text.split("\n")];
  const shift = after.length - before.length;
  if (!shift) return faults;
  let same = 0;
  while (same < before.length && same < after.length && before[same] === after[same]) same += 1;
  return faults.map((fault) => (fault.line > same + 1 ? { ...fault, line: Math.max(same + 1, fault.line + shift) } : fault));
}

/** Map of line to text, for the editor's marks. */
export function marksOf(faults) {
  const marks = new Map();
  for (const { line, text } of faults) {
    if (line > 0) marks.set(line, marks.has(line) ? `${marks.get(line)}\n${text}` : text);
  }
  return marks;
}
