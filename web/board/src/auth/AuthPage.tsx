import type { ApiError } from '@meridian/client';
import { useEffect, useState } from 'react';
import { navigate } from '../app/router';
import { signIn, signUp } from '../app/session';
import { Brand } from '../ui/Brand';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { useSubmit } from '../ui/useSubmit';

const WORDS = {
  signin: { title: 'Welcome back', submit: 'Sign in', ask: 'New here?', other: 'Create an account', path: '/signup' },
  signup: { title: 'Create your account', submit: 'Sign up', ask: 'Have an account?', other: 'Sign in', path: '/signin' },
};

/** Sign-in and sign-up; the app moves on by itself as soon as somebody is signed in. */
export function AuthPage({ mode }: { mode: 'signin' | 'signup' }) {
  const [values, setValues] = useState({ email: '', name: '', password: '' });
  const words = WORDS[mode];
  const { busy, error, submit } = useSubmit(() =>
    mode === 'signup'
      ? signUp(values.email.trim(), values.name.trim(), values.password)
      : signIn(values.email.trim(), values.password),
  );
  useEffect(() => {
    document.title = `${words.submit} · Meridian`;
  }, [words]);
  const field = (name: keyof typeof values) => ({
    name,
    value: values[name],
    error: error?.field(name),
    required: true,
    'data-testid': name,
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => setValues({ ...values, [name]: event.target.value }),
  });
  return (
    <main className="centre">
      <form
        className="card auth"
        data-testid={`${mode}-form`}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Brand size={36} />
        <h1>{words.title}</h1>
        <Field label="E-mail" type="email" autoComplete="email" autoFocus {...field('email')} />
        {mode === 'signup' && <Field label="Name" autoComplete="name" hint="Others see it on boards." {...field('name')} />}
        <Field
          label="Password"
          type="password"
          autoComplete={mode === 'signup' ? 'new-password' : 'current-password'}
          {...field('password')}
        />
        {error && !namesKnownField(error) && (
          <p className="form-error" role="alert" data-testid="form-error">
            {error.message}
          </p>
        )}
        <Button kind="primary" type="submit" busy={busy} data-testid="submit">
          {words.submit}
        </Button>
        <p className="muted">
          {words.ask}{' '}
          <a
            href={words.path + location.search}
            data-testid="switch-form"
            onClick={(event) => {
              event.preventDefault();
              navigate(words.path + location.search);
            }}
          >
            {words.other}
          </a>
        </p>
      </form>
    </main>
  );
}

/** Whether the refusal is already shown beside an input. */
function namesKnownField(error: ApiError): boolean {
  return ['email', 'name', 'password'].some((name) => error.field(name) !== undefined);
}
