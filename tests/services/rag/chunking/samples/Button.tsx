import React, { useState } from "react";

interface Props {
  label: string;
  onPress?: () => void;
}

/** A button that counts. */
export const Button: React.FC<Props> = ({ label, onPress }) => {
  const [count, setCount] = useState(0);
  const press = () => {
    setCount(count + 1);
    onPress?.();
  };
  return (
    <button onClick={press}>
      {label} {count}
    </button>
  );
};

export const Card = React.memo(function Card({ children }: { children: React.ReactNode }) {
  return <div className="card">{children}</div>;
});

export class Panel extends React.Component<Props> {
  state = { open: false };

  toggle = () => {
    this.setState({ open: !this.state.open });
  };

  render() {
    return <section>{this.props.label}</section>;
  }
}

// Reads the theme.
export function useTheme(): string {
  const [theme] = useState("dark");
  return theme;
}

export default Button;
