import { navigate } from '../app/router';
import { Brand } from './Brand';
import { Button } from './Button';

interface Props {
  title: string;
  text: string;
  detail?: string;
  action?: { label: string; run: () => void };
}

/** A page that only says one thing and offers the way out. */
export function MessagePage({ title, text, detail, action }: Props) {
  const { label, run } = action ?? { label: 'Go to my boards', run: () => navigate('/rooms') };
  return (
    <main className="centre">
      <div className="card message" data-testid="message-page">
        <Brand />
        <h1>{title}</h1>
        <p>{text}</p>
        {detail && <p className="muted small">{detail}</p>}
        <Button kind="primary" onClick={run}>
          {label}
        </Button>
      </div>
    </main>
  );
}
