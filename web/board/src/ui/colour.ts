/** A person's colour: the same everywhere, because it follows from the id alone. */
export function colourOf(id: string): string {
  return `hsl(${hueOf(id)}, 100%, 83%)`;
}

/** Excalidraw's own rule for the cursors of others, so that an avatar and a cursor show the same person alike. */
function hueOf(id: string): number {
  let hash = 0;
  for (let at = 0; at < id.length; at += 1) hash = (hash << 5) - hash + id.charCodeAt(at);
  return (Math.abs(hash) % 37) * 10;
}
