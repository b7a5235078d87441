import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.springframework.core.io.FileSystemResource;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.vault.authentication.KubernetesAuthentication;
import org.springframework.vault.authentication.KubernetesAuthenticationOptions;
import org.springframework.vault.authentication.SimpleSessionManager;
import org.springframework.vault.client.ClientHttpRequestFactoryFactory;
import org.springframework.vault.client.VaultClients;
import org.springframework.vault.client.VaultEndpoint;
import org.springframework.vault.core.VaultTemplate;
import org.springframework.vault.support.ClientOptions;
import org.springframework.vault.support.SslConfiguration;
import org.springframework.vault.support.SslConfiguration.KeyStoreConfiguration;
import org.springframework.vault.support.VaultToken;
import org.springframework.vault.support.Versioned;

/** A program with Spring Vault. It trusts VAULT_CACERT only if Apache's HTTP client is on the class path. */
public class Main {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static boolean say(String step, Callable<Object> work) throws Exception {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", step);
    try {
      line.put("result", work.call());
    } catch (Exception error) {
      line.put("error", error.getClass().getSimpleName() + ": " + error.getMessage());
    }
    System.out.println(JSON.writeValueAsString(line));
    return line.containsKey("result");
  }

  private static ClientHttpRequestFactory requests() {
    FileSystemResource ca = new FileSystemResource(System.getenv("VAULT_CACERT"));
    KeyStoreConfiguration trusted = KeyStoreConfiguration.of(ca).withStoreType(SslConfiguration.PEM_KEYSTORE_TYPE);
    return ClientHttpRequestFactoryFactory.create(new ClientOptions(), SslConfiguration.forTrustStore(trusted));
  }

  private static Object dataOf(Versioned<?> secret) {
    return secret == null ? null : secret.getData();
  }

  public static void main(String[] args) throws Exception {
    VaultEndpoint endpoint = VaultEndpoint.from(System.getenv("VAULT_ADDR"));
    ClientHttpRequestFactory requests = requests();
    var options =
        KubernetesAuthenticationOptions.builder()
            .role(System.getenv("ROLE"))
            .jwtSupplier(() -> System.getenv("JWT"))
            .build();
    var login = new KubernetesAuthentication(options, VaultClients.createRestTemplate(endpoint, requests));
    VaultToken[] token = new VaultToken[1];
    var vault = new VaultTemplate(endpoint, requests, new SimpleSessionManager(() -> token[0]));

    boolean in =
        say("login", () -> {
          token[0] = login.login();
          return vault.read("auth/token/lookup-self").getRequiredData().get("policies");
        });
    if (!in) return;

    var kv = vault.opsForVersionedKeyValue("secret");
    say("write", () -> kv.put("app", Map.of("password", "hunter2")).getVersion().getVersion());
    say("read", () -> dataOf(kv.get("app")));
    say("list", () -> kv.list(""));
    say("read what is not there", () -> dataOf(kv.get("nosuch")));
    say("read what is forbidden", () -> dataOf(kv.get("other")));
    say("renew", () -> vault.write("auth/token/renew-self", Map.of("increment", 60)).getRequiredAuth().get("renewable"));
    VaultToken wrapped = vault.opsForWrapping().wrap(Map.of("password", "hunter2"), Duration.ofMinutes(1)).getToken();
    say("unwrap", () -> vault.opsForWrapping().read(wrapped).getRequiredData());
    say("unwrap again", () -> vault.opsForWrapping().read(wrapped));
    say("revoke", () -> vault.write("auth/token/revoke-self", null));
    say("use what is revoked", () -> vault.read("auth/token/lookup-self").getRequiredData());
  }
}
