import type { ReactNode } from 'react';

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" width="18" height="18" aria-hidden fill="none" stroke="currentColor"
      strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round">
      {children}
    </svg>
  );
}

export const CloseIcon = () => <Icon><path d="M5 5l10 10M15 5L5 15" /></Icon>;
export const PlusIcon = () => <Icon><path d="M10 4v12M4 10h12" /></Icon>;
export const BackIcon = () => <Icon><path d="M12 4l-6 6 6 6" /></Icon>;
export const UndoIcon = () => <Icon><path d="M7 5L3 9l4 4M3 9h9a4.5 4.5 0 010 9h-3" /></Icon>;
export const RedoIcon = () => <Icon><path d="M13 5l4 4-4 4M17 9H8a4.5 4.5 0 000 9h3" /></Icon>;
export const MoonIcon = () => <Icon><path d="M16.5 12A7 7 0 018 3.5 7 7 0 1016.5 12z" /></Icon>;
export const SunIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="3.2" />
    <path d="M10 2.5v1.6M10 15.9v1.6M2.5 10h1.6M15.9 10h1.6M4.7 4.7l1.1 1.1M14.2 14.2l1.1 1.1M15.3 4.7l-1.1 1.1M5.8 14.2l-1.1 1.1" />
  </Icon>
);
export const ShareIcon = () => (
  <Icon>
    <path d="M8.5 11.5a3.2 3.2 0 004.6 0l2.7-2.7a3.2 3.2 0 00-4.6-4.6l-1 1" />
    <path d="M11.5 8.5a3.2 3.2 0 00-4.6 0l-2.7 2.7a3.2 3.2 0 004.6 4.6l1-1" />
  </Icon>
);
export const PencilIcon = () => <Icon><path d="M13.5 3.8l2.7 2.7-9 9-3.4.7.7-3.4z" /></Icon>;
export const TrashIcon = () => <Icon><path d="M4 6h12M8 6V4h4v2M5.5 6l.7 10h7.6l.7-10" /></Icon>;
export const LeaveIcon = () => <Icon><path d="M8 4H4v12h4M9 10h8M14 7l3 3-3 3" /></Icon>;
export const CloudCheckIcon = () => (
  <Icon><path d="M6 15.5a3.5 3.5 0 01-.6-6.9 4.8 4.8 0 019.2.9 3 3 0 01-.4 6zM7.8 12l1.7 1.6 2.9-3" /></Icon>
);
export const CloudUpIcon = () => (
  <Icon><path d="M6 15.5a3.5 3.5 0 01-.6-6.9 4.8 4.8 0 019.2.9 3 3 0 01-.4 6M10 16.5v-5M7.8 13.4l2.2-2.2 2.2 2.2" /></Icon>
);
export const CloudOffIcon = () => (
  <Icon><path d="M6 15.5a3.5 3.5 0 01-.6-6.9 4.8 4.8 0 019.2.9 3 3 0 01-.4 6zM3.5 3.5l13 13" /></Icon>
);
export const EyeIcon = () => (
  <Icon><path d="M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5z" /><circle cx="10" cy="10" r="2.2" /></Icon>
);
