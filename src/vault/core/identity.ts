import type { Clock, Ids } from "../../runtime/index.js";

export interface Alias {
  readonly id: string;
  readonly name: string;
  readonly mountAccessor: string;
  readonly mountType: string;
  readonly mountPath: string;
  metadata: Readonly<Record<string, string>>;
  readonly createdAt: number;
  updatedAt: number;
}

/** Who somebody is, over all the ways in which they log in. Moments are ms since the epoch. */
export interface Entity {
  readonly id: string;
  name: string;
  metadata: Readonly<Record<string, string>> | null;
  policies: readonly string[];
  disabled: boolean;
  readonly aliases: Alias[];
  readonly createdAt: number;
  updatedAt: number;
}

export interface Group {
  readonly id: string;
  readonly name: string;
  metadata: Readonly<Record<string, string>> | null;
  policies: readonly string[];
  memberEntityIds: readonly string[];
  readonly type: "internal" | "external";
  readonly createdAt: number;
  updatedAt: number;
  /** Counts the writes. */
  revision: number;
}

export interface AliasOrigin {
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly mountAccessor: string;
  readonly mountType: string;
  readonly mountPath: string;
}

/** Entities and their aliases, as far as logins and policies need them. (vault/identity_store.go) */
export class IdentityStore {
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #entities = new Map<string, Entity>();
  readonly #groups = new Map<string, Group>();
  /** Moves with every change, so that what was worked out from entities can be kept until then. */
  revision = 0;

  constructor(clock: Clock, ids: Ids) {
    this.#clock = clock;
    this.#ids = ids;
  }

  get(id: string): Entity | undefined {
    return this.#entities.get(id);
  }

  /** How many entities there are. */
  get size(): number {
    return this.#entities.size;
  }

  entities(): Entity[] {
    return [...this.#entities.values()];
  }

  groups(): Group[] {
    return [...this.#groups.values()];
  }

  addGroup(name: string, type: Group["type"]): Group {
    const now = this.#clock.now();
    const made = { metadata: null, policies: [], memberEntityIds: [], createdAt: now, updatedAt: now, revision: 0 };
    const group: Group = { id: this.#ids.uuid(), name, type, ...made };
    this.#groups.set(group.id, group);
    return group;
  }

  removeGroup(id: string): void {
    this.#groups.delete(id);
    this.changed();
  }

  groupsOf(entityId: string): Group[] {
    return [...this.#groups.values()].filter((group) => group.memberEntityIds.includes(entityId));
  }

  /** Policies that come from the entity and its groups. */
  policiesOf(entityId: string): string[] {
    const entity = this.#entities.get(entityId);
    if (entity === undefined) return [];
    return [...new Set([...entity.policies, ...this.groupsOf(entityId).flatMap((group) => group.policies)])].sort();
  }

  byAlias(name: string, mountAccessor: string): Entity | undefined {
    return this.entities().find(({ aliases }) =>
      aliases.some((a) => a.name === name && a.mountAccessor === mountAccessor),
    );
  }

  add(entity: Partial<Pick<Entity, "name" | "metadata" | "policies" | "disabled">> = {}): Entity {
    const id = this.#ids.uuid();
    const now = this.#clock.now();
    const added: Entity = {
      id,
      name: entity.name ?? `entity_${this.#ids.hex(4)}`,
      metadata: entity.metadata ?? null,
      policies: entity.policies ?? [],
      disabled: entity.disabled ?? false,
      aliases: [],
      createdAt: now,
      updatedAt: now,
    };
    this.#entities.set(id, added);
    this.changed();
    return added;
  }

  remove(id: string): void {
    this.#entities.delete(id);
    this.changed();
  }

  addAlias(entity: Entity, origin: AliasOrigin): Alias {
    const now = this.#clock.now();
    const alias: Alias = { id: this.#ids.uuid(), ...origin, createdAt: now, updatedAt: now };
    entity.aliases.push(alias);
    this.changed();
    return alias;
  }

  /** The entity behind an alias; the first login of an alias makes one. */
  fetchOrCreate(origin: AliasOrigin): Entity {
    const known = this.byAlias(origin.name, origin.mountAccessor);
    if (known === undefined) {
      const entity = this.add();
      this.addAlias(entity, origin);
      return entity;
    }
    const alias = known.aliases.find((a) => a.name === origin.name && a.mountAccessor === origin.mountAccessor);
    if (alias !== undefined && JSON.stringify(alias.metadata) !== JSON.stringify(origin.metadata)) {
      alias.metadata = origin.metadata;
      alias.updatedAt = this.#clock.now();
      this.changed();
    }
    return known;
  }

  changed(): void {
    this.revision++;
  }
}
