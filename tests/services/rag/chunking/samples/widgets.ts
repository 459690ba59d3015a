import { Base } from "./base";

/** How many widgets a board holds. */
export const LIMIT = 12;

export type Handler = (widget: Widget) => void;

/** What every widget has. */
export interface Widget {
  readonly name: string;
  draw(context: Context): void;
}

export enum Layout {
  Grid,
  List,
}

/**
 * Holds widgets.
 */
@injectable()
export class Board<T extends Widget> extends Base {
  static readonly size = 4;

  private widgets: T[] = [];

  constructor(private readonly layout: Layout) {
    super();
    this.widgets = [];
  }

  /** Adds one. */
  @logged
  add(widget: T): void {
    this.widgets.push(widget);
    this.emit("added", widget);
  }

  get count(): number {
    return this.widgets.length;
  }

  onClick = (event: Event): void => {
    event.preventDefault();
  };
}

export abstract class Shape {
  abstract area(): number;
}

export declare function find(name: string): Widget | undefined;

// Draws everything.
export async function drawAll(board: Board<Widget>): Promise<void> {
  for (const widget of board) {
    await widget.draw();
  }
}

export default function main() {
  return drawAll(new Board(Layout.Grid));
}

namespace Internal {
  export const depth = 3;

  export function dig(): number {
    return depth;
  }
}
