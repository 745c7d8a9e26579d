import type { Theme } from '../app/theme';
import { Button } from './Button';
import { MoonIcon, SunIcon } from './icons';

export function ThemeToggle({ theme, onToggle }: { theme: Theme; onToggle: () => void }) {
  const label = theme === 'light' ? 'Switch to dark' : 'Switch to light';
  return (
    <Button kind="quiet" onClick={onToggle} aria-label={label} title={label} data-testid="theme-toggle">
      {theme === 'light' ? <MoonIcon /> : <SunIcon />}
    </Button>
  );
}
