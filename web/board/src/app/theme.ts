import { useEffect, useState } from 'react';

export type Theme = 'light' | 'dark';

const KEY = 'meridian.theme';

/** The theme chosen last, else the system's. */
export function savedTheme(): Theme {
  const saved = localStorage.getItem(KEY);
  if (saved === 'light' || saved === 'dark') return saved;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
}

/** The theme, and the way to switch it; the choice is kept. */
export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState(savedTheme);
  useEffect(() => applyTheme(theme), [theme]);
  const toggle = () => {
    const next = theme === 'light' ? 'dark' : 'light';
    localStorage.setItem(KEY, next);
    setTheme(next);
  };
  return [theme, toggle];
}
