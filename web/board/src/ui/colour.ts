/** A person's colours: the same everywhere, because they follow from the id alone. */
export interface PersonColour {
  background: string;
  stroke: string;
}

export function colourOf(id: string): PersonColour {
  const hue = hash(id) % 360;
  return { background: `hsl(${hue} 70% 82%)`, stroke: `hsl(${hue} 62% 42%)` };
}

/** FNV-1a: spreads ids that differ only at their ends. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) {
    value = Math.imul(value ^ character.codePointAt(0)!, 0x01000193);
  }
  return value >>> 0;
}
