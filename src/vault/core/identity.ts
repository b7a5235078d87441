import type { Clock, Ids } from "../../runtime/index.js";

export type Metadata = Readonly<Record<string, string>>;

export interface Alias {
  readonly id: string;
  name: string;
  mountAccessor: string;
  mountType: string;
  mountPath: string;
  metadata: Metadata;
  /** What was written to the alias; null where nothing ever could be. */
  customMetadata: Metadata | null;
  /** Entities that it belonged to before they were merged. */
  mergedFrom: readonly string[] | null;
  readonly createdAt: number;
  updatedAt: number;
}

/** Who somebody is, over all the ways in which they log in. Moments are ms since the epoch. */
export interface Entity {
  readonly id: string;
  name: string;
  metadata: Metadata | null;
  policies: readonly string[];
  disabled: boolean;
  aliases: readonly Alias[];
  /** Entities that were merged into it. */
  mergedIds: readonly string[] | null;
  readonly createdAt: number;
  updatedAt: number;
}

export interface Group {
  readonly id: string;
  name: string;
  metadata: Metadata | null;
  /** null until any were written. */
  policies: readonly string[] | null;
  memberEntityIds: readonly string[];
  /** Groups that this one is a member of. */
  parentIds: readonly string[];
  readonly type: "internal" | "external";
  /** Of an external group: the group's name at an auth method. */
  alias: Alias | undefined;
  readonly createdAt: number;
  updatedAt: number;
  /** Counts the writes. */
  revision: number;
}

export interface AliasOrigin {
  readonly name: string;
  readonly metadata: Metadata;
  readonly mountAccessor: string;
  readonly mountType: string;
  readonly mountPath: string;
}

/** Entities, their aliases and groups. (vault/identity_store.go) */
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

  group(id: string): Group | undefined {
    return this.#groups.get(id);
  }

  addGroup(name: string, type: Group["type"]): Group {
    const now = this.#clock.now();
    const group: Group = {
      id: this.#ids.uuid(),
      name: name === "" ? `group_${this.#ids.hex(4)}` : name,
      type,
      metadata: null,
      policies: null,
      memberEntityIds: [],
      parentIds: [],
      alias: undefined,
      createdAt: now,
      updatedAt: now,
      revision: 0,
    };
    this.#groups.set(group.id, group);
    return group;
  }

  removeGroup(id: string): void {
    this.#groups.delete(id);
    this.changed();
  }

  /** The groups that somebody was put into. */
  directGroupsOf(entityId: string): Group[] {
    return [...this.#groups.values()].filter((group) => group.memberEntityIds.includes(entityId));
  }

  /** These, and the groups that they are members of in their turn. */
  groupsOf(entityId: string): Group[] {
    const found = new Set(this.directGroupsOf(entityId));
    for (const group of found) {
      for (const id of group.parentIds) {
        const parent = this.#groups.get(id);
        if (parent !== undefined) found.add(parent);
      }
    }
    return [...found];
  }

  /** Policies that come from the entity and its groups. */
  policiesOf(entityId: string): string[] {
    const entity = this.#entities.get(entityId);
    if (entity === undefined) return [];
    const fromGroups = this.groupsOf(entityId).flatMap(({ policies }) => policies ?? []);
    return [...new Set([...entity.policies, ...fromGroups])].sort();
  }

  byAlias(name: string, mountAccessor: string): Entity | undefined {
    return this.entities().find(({ aliases }) => aliases.some((a) => isNamed(a, name, mountAccessor)));
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
      mergedIds: null,
      createdAt: now,
      updatedAt: now,
    };
    this.#entities.set(id, added);
    this.changed();
    return added;
  }

  remove(id: string): void {
    this.#entities.delete(id);
    for (const group of this.#groups.values()) {
      group.memberEntityIds = group.memberEntityIds.filter((member) => member !== id);
    }
    this.changed();
  }

  /** An alias that belongs to nobody yet. */
  newAlias(origin: AliasOrigin, customMetadata: Metadata | null): Alias {
    const now = this.#clock.now();
    return { id: this.#ids.uuid(), ...origin, customMetadata, mergedFrom: null, createdAt: now, updatedAt: now };
  }

  addAlias(entity: Entity, origin: AliasOrigin, customMetadata: Metadata | null = null): Alias {
    const alias = this.newAlias(origin, customMetadata);
    entity.aliases = [...entity.aliases, alias];
    entity.updatedAt = alias.createdAt;
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
    const alias = known.aliases.find((a) => isNamed(a, origin.name, origin.mountAccessor));
    if (alias !== undefined && !sameTexts(alias.metadata, origin.metadata)) {
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

/** Names are compared without regard to case. (vault/identity_store_schema.go: aliases' factors) */
export function isNamed(alias: Alias, name: string, mountAccessor: string): boolean {
  return alias.mountAccessor === mountAccessor && alias.name.toLowerCase() === name.toLowerCase();
}

type Texts = Readonly<Record<string, string>>;

function sameTexts(one: Texts, other: Texts): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
