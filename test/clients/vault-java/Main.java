import io.github.jopenlibs.vault.SslConfig;
import io.github.jopenlibs.vault.Vault;
import io.github.jopenlibs.vault.VaultConfig;
import io.github.jopenlibs.vault.json.Json;
import io.github.jopenlibs.vault.json.JsonArray;
import io.github.jopenlibs.vault.json.JsonObject;
import io.github.jopenlibs.vault.json.JsonValue;
import io.github.jopenlibs.vault.response.LogicalResponse;
import java.io.File;
import java.util.Map;
import java.util.concurrent.Callable;

/** A program with vault-java-driver. It never throws for a read that is refused: the caller has to look at the status. */
public class Main {
  private static boolean say(String step, Callable<JsonValue> work) {
    JsonObject line = new JsonObject().add("step", step);
    try {
      System.out.println(line.add("result", work.call()));
      return true;
    } catch (Exception error) {
      System.out.println(line.add("error", error.getClass().getSimpleName() + ": " + error.getMessage()));
      return false;
    }
  }

  private static JsonValue data(LogicalResponse reply) {
    JsonObject data = new JsonObject();
    reply.getData().forEach(data::add);
    int status = reply.getRestResponse().getStatus();
    return status == 200 ? data : new JsonObject().add("status", status).add("data", data);
  }

  public static void main(String[] args) throws Exception {
    SslConfig ssl = new SslConfig().pemFile(new File(System.getenv("VAULT_CACERT"))).build();
    VaultConfig config =
        new VaultConfig().address(System.getenv("VAULT_ADDR")).engineVersion(2).sslConfig(ssl).build();
    Vault vault = Vault.create(config);

    boolean in = say("login", () -> {
      var reply = vault.auth().loginByKubernetes(System.getenv("ROLE"), System.getenv("JWT"));
      config.token(reply.getAuthClientToken());
      JsonArray policies = new JsonArray();
      reply.getAuthPolicies().forEach(policies::add);
      return policies;
    });
    if (!in) return;

    say("write", () -> {
      var reply = vault.logical().write("secret/app", Map.of("password", "hunter2"));
      return Json.value(Integer.parseInt(reply.getData().get("version")));
    });
    say("read", () -> data(vault.logical().read("secret/app")));
    say("read what is not there", () -> data(vault.logical().read("secret/nosuch")));
    say("read what is forbidden", () -> data(vault.logical().read("secret/other")));
    say("renew", () -> Json.value(vault.auth().renewSelf(60).isAuthRenewable()));
    String wrapped = vault.auth().wrap(new JsonObject().add("password", "hunter2"), 60).getToken();
    say("unwrap", () -> vault.auth().unwrap(wrapped).getData());
    say("unwrap again", () -> vault.auth().unwrap(wrapped).getData());
    say("revoke", () -> {
      vault.auth().revokeSelf();
      return Json.NULL;
    });
    say("use what is revoked", () -> Json.value(vault.auth().lookupSelf().getId()));
  }
}
