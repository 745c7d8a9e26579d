import logo from './logo.svg';

export function Brand({ size = 28 }: { size?: number }) {
  return (
    <span className="brand">
      <img src={logo} width={size} height={size} alt="" />
      Meridian
    </span>
  );
}
