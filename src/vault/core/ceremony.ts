/** Something that holders of key shares do together: one share after the other, under one nonce. */
export interface Ceremony {
  readonly nonce: string;
  readonly given: Set<string>;
}

/** A new root token that is being made; it is handed out under a one-time password. */
export interface RootGeneration extends Ceremony {
  readonly otp: string;
}

/** New shares that are being made. */
export interface Rekeying extends Ceremony {
  readonly shares: number;
  readonly threshold: number;
}
