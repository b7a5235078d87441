import type { FaultKind } from "../faults/index.js";
import type { ServerName } from "../journal/index.js";
import { type Clock, glob, MistrustError, nearest, parseGoDuration } from "../runtime/index.js";
import type { FaultSetting } from "../scenario/index.js";
import type { FaultSource, HttpHandler } from "../transport/index.js";

/** A fault that is laid over a fake, and how often it has had its chance. */
interface Laid {
  readonly setting: FaultSetting;
  readonly kind: FaultKind;
  /** The lab's time from which on it is over. */
  readonly until: number;
  seen: number;
  struck: number;
}

/** The faults of one lab. While there are none, asking costs nothing. */
export class FaultBoard {
  readonly #clock: Clock;
  #laid: readonly Laid[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Replaces all faults.
   * @throws MISTRUST_WORLD_REFUSED for one that cannot strike where it is laid
   */
  async lay(settings: readonly FaultSetting[]): Promise<void> {
    if (settings.length === 0) {
      this.#laid = [];
      return;
    }
    const { FAULTS } = await import("../faults/index.js");
    const now = this.#clock.now();
    this.#laid = settings.map((setting) => {
      const kind = FAULTS.find(({ id }) => id === setting.fault);
      if (kind === undefined) throw unknownFault(setting.fault, FAULTS);
      refuseForeign(setting);
      if (setting.on.request !== undefined && kind.http?.(setting, this.#clock) === undefined) {
        throw new MistrustError(
          "MISTRUST_WORLD_REFUSED",
          `the fault ${setting.fault} strikes connections, not requests`,
          {
            remedy: "take on.request out",
          },
        );
      }
      const ttl = setting.ttl === undefined ? Infinity : (parseGoDuration(setting.ttl) ?? Infinity);
      return { setting, kind, until: now + ttl, seen: 0, struck: 0 };
    });
  }

  /** Those that have struck nothing, in words. */
  unused(): string[] {
    return this.#laid
      .filter(({ struck }) => struck === 0)
      .map(({ setting }) => `${setting.fault} on ${setting.on.server}`);
  }

  /** What a server's listener asks about each connection. */
  ofConnections(server: ServerName): FaultSource {
    return (moment) => {
      for (const laid of this.#laid) {
        if (laid.setting.on.server !== server) continue;
        const strike = laid.kind.socket?.(laid.setting);
        if (strike?.moment === moment && this.#strikes(laid)) return strike.fault;
      }
      return undefined;
    };
  }

  /** A server's behaviour with the faults of requests laid over it. */
  over(server: ServerName, behind: HttpHandler): HttpHandler {
    return (request) => {
      for (const laid of this.#laid) {
        const { on } = laid.setting;
        if (on.server !== server || laid.kind.socket?.(laid.setting) !== undefined) continue;
        if (on.request !== undefined && !glob(on.request, `${request.method} ${request.target}`)) continue;
        const strike = laid.kind.http?.(laid.setting, this.#clock);
        if (strike === undefined || !this.#strikes(laid)) continue;
        request.exchange.note({ type: "fault", fault: laid.kind.id, note: laid.kind.says });
        return strike(request, behind);
      }
      return behind(request);
    };
  }

  #strikes(laid: Laid): boolean {
    const { after = 0, times = Infinity } = laid.setting;
    if (this.#clock.now() >= laid.until || laid.struck >= times || laid.seen++ < after) return false;
    laid.struck++;
    return true;
  }
}

/** The servers whose listeners ask for faults; those of gRPC sockets do not. */
const STRUCK: ReadonlySet<string> = new Set<ServerName>(["vault", "kubernetes"]);

/** @throws MISTRUST_WORLD_REFUSED for what the format has and no listener would ever ask for */
function refuseForeign({ fault, on }: FaultSetting): void {
  if (!STRUCK.has(on.server)) {
    throw new MistrustError("MISTRUST_WORLD_REFUSED", `the fault ${fault} cannot be laid over ${on.server}`, {
      remedy: `faults strike ${[...STRUCK].join(" and ")}`,
    });
  }
  if (on.resource !== undefined) {
    throw new MistrustError(
      "MISTRUST_WORLD_REFUSED",
      `${on.server} has no resources that the fault ${fault} could strike`,
      {
        remedy: "take on.resource out",
      },
    );
  }
}

function unknownFault(id: string, kinds: readonly FaultKind[]): MistrustError {
  const ids = kinds.map((kind) => kind.id);
  const close = nearest(id, ids);
  return new MistrustError("MISTRUST_WORLD_REFUSED", `the fault ${id} cannot be laid over a listener`, {
    remedy: close === undefined || close === id ? `there are ${ids.join(", ")}` : `did you mean "${close}"?`,
  });
}
