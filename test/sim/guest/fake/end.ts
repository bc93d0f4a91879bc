/** One end of a connection in the fake engine's network: a connection of a guest, or a peer that a test plays. */
export interface End {
  other: End | undefined;
  /** Bytes that it may be sent now. */
  readonly space: number;
  /** Bytes that it wants to send now. */
  readonly toSend: number;
  /** Takes the next bytes that it sends; they count as acknowledged. */
  take(length: number): Uint8Array;
  put(data: Uint8Array): void;
  /** All was sent and FIN is to follow, which was not given to the other end. */
  readonly owesFin: boolean;
  finSent(): void;
  finReceived(): void;
  resetReceived(): void;
  readonly isOver: boolean;
}

/** A peer outside of the engine, played by a test. */
export class Remote implements End {
  other: End | undefined;
  received = new Uint8Array(0);
  gotFin = false;
  gotReset = false;
  /** Bytes that it takes in all; a test moves it on. */
  window = Infinity;
  readonly address: number;
  readonly port: number;
  #out = new Uint8Array(0);
  #fin: 'no' | 'owed' | 'sent' = 'no';

  constructor(address: number, port: number) {
    this.address = address;
    this.port = port;
  }

  send(data: Uint8Array): void {
    const out = new Uint8Array(this.#out.length + data.length);
    out.set(this.#out);
    out.set(data, this.#out.length);
    this.#out = out;
  }

  fin(): void {
    if (this.#fin === 'no') this.#fin = 'owed';
  }

  reset(): void {
    this.other?.resetReceived();
    this.gotReset = true;
  }

  get space(): number {
    return this.window - this.received.length;
  }

  get toSend(): number {
    return this.#out.length;
  }

  take(length: number): Uint8Array {
    const data = this.#out.slice(0, length);
    this.#out = this.#out.slice(length);
    return data;
  }

  put(data: Uint8Array): void {
    const all = new Uint8Array(this.received.length + data.length);
    all.set(this.received);
    all.set(data, this.received.length);
    this.received = all;
  }

  get owesFin(): boolean {
    return this.#fin === 'owed' && this.#out.length === 0;
  }

  finSent(): void {
    this.#fin = 'sent';
  }

  finReceived(): void {
    this.gotFin = true;
  }

  resetReceived(): void {
    this.gotReset = true;
  }

  get isOver(): boolean {
    return this.gotReset || (this.gotFin && this.#fin === 'sent');
  }
}
