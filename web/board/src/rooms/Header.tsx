import { currentUser, signOut } from '../app/session';
import { useTheme } from '../app/theme';
import { Avatar } from '../ui/Avatar';
import { Brand } from '../ui/Brand';
import { Button } from '../ui/Button';
import { ThemeToggle } from '../ui/ThemeToggle';

export function Header() {
  const [theme, toggleTheme] = useTheme();
  const user = currentUser();
  return (
    <header className="header">
      <Brand />
      <span className="spacer" />
      <ThemeToggle theme={theme} onToggle={toggleTheme} />
      {user && <Avatar id={user.id} name={user.name} />}
      <Button onClick={() => void signOut()} data-testid="signout">
        Sign out
      </Button>
    </header>
  );
}
