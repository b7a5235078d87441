//! A program with vaultrs. Its errors print the status only; Vault's words are in the error's fields.
use serde_json::{json, Value};
use std::collections::HashMap;
use std::env::var;
use std::error::Error;
use vaultrs::api::kv2::requests::ReadSecretRequest;
use vaultrs::api::ResponseWrapper;
use vaultrs::client::{Client, VaultClient, VaultClientSettingsBuilder};
use vaultrs::error::ClientError;
use vaultrs::{auth::kubernetes, kv2};

/// What an error came from, outermost first.
fn causes(error: &dyn Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes
}

/// Prints one line of JSON: what was done, and what came of it.
fn say(step: &str, outcome: Result<Value, ClientError>) -> bool {
    let line = match &outcome {
        Ok(result) => json!({"step": step, "result": result}),
        Err(ClientError::APIError { errors, .. }) => {
            json!({"step": step, "error": outcome.as_ref().unwrap_err().to_string(), "errors": errors})
        }
        Err(error) => json!({"step": step, "error": error.to_string(), "errors": causes(error)}),
    };
    println!("{line}");
    outcome.is_ok()
}

async fn read(client: &VaultClient, path: &str) -> Result<Value, ClientError> {
    let data: HashMap<String, String> = kv2::read(client, "secret", path).await?;
    Ok(json!(data))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let settings = VaultClientSettingsBuilder::default().token("").build().unwrap();
    let mut client = VaultClient::new(settings).unwrap();

    let auth = kubernetes::login(&client, "kubernetes", &var("ROLE").unwrap(), &var("JWT").unwrap()).await;
    if let Ok(auth) = &auth {
        client.set_token(&auth.client_token);
    }
    if !say("login", auth.map(|auth| json!(auth.policies))) {
        return;
    }

    let secret = HashMap::from([("password", "hunter2")]);
    let written = kv2::set(&client, "secret", "app", &secret).await;
    say("write", written.map(|metadata| json!(metadata.version)));
    say("read", read(&client, "app").await);
    say("list", kv2::list(&client, "secret", "").await.map(|keys| json!(keys)));
    say("read what is not there", read(&client, "nosuch").await);
    say("read what is forbidden", read(&client, "other").await);
    say("renew", client.renew(Some("60")).await.map(|auth| json!(auth.renewable)));

    let request = ReadSecretRequest::builder().mount("secret").path("app").build().unwrap();
    let wrapped = request.wrap(&client).await.unwrap();
    say("unwrap", wrapped.unwrap(&client).await.map(|secret| secret.data));
    say("unwrap again", wrapped.unwrap(&client).await.map(|secret| secret.data));
    say("revoke", client.revoke().await.map(|()| Value::Null));
    say("use what is revoked", client.lookup().await.map(|token| json!(token.id)));
}
