// What is in the middle of the page: the list, or one stream.

import type { Pump } from './pump.ts';

export interface View {
  readonly node: HTMLElement;
  /** of the window */
  readonly title: string;
  tell(pump: Pump): void;
  /** lets go of everything: it is not shown any more */
  leave(): void;
}
