import { colourOf } from './colour';

interface Props {
  id: string;
  name: string;
  title?: string;
}

/** A person, as a disc with initials in the person's colour. */
export function Avatar({ id, name, title = name }: Props) {
  return (
    <span className="avatar" style={{ background: colourOf(id) }} title={title} aria-label={title} role="img">
      {initialsOf(name)}
    </span>
  );
}

export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const picked = words.length > 1 ? [words[0], words.at(-1)] : words;
  return picked.map((word) => [...(word ?? '')][0]?.toUpperCase() ?? '').join('') || '?';
}
