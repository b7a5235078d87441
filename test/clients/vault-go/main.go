// A program with Vault's own Go client, as External Secrets and cert-manager use it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	vault "github.com/hashicorp/vault/api"
	auth "github.com/hashicorp/vault/api/auth/kubernetes"
)

// say prints one line of JSON: what was done, and what came of it.
func say(step string, result any, err error) {
	line := map[string]any{"step": step}
	if err != nil {
		line["error"] = err.Error()
	} else {
		line["result"] = result
	}
	text, _ := json.Marshal(line)
	fmt.Println(string(text))
}

func main() {
	ctx := context.Background()
	config := vault.DefaultConfig()
	if config.Error != nil {
		panic(config.Error)
	}
	client, err := vault.NewClient(config)
	if err != nil {
		panic(err)
	}
	client.ClearToken()

	method, err := auth.NewKubernetesAuth(os.Getenv("ROLE"), auth.WithServiceAccountToken(os.Getenv("JWT")))
	if err != nil {
		panic(err)
	}
	secret, err := client.Auth().Login(ctx, method)
	if err != nil {
		say("login", nil, err)
		return
	}
	say("login", secret.Auth.Policies, nil)

	kv := client.KVv2("secret")
	written, err := kv.Put(ctx, "app", map[string]any{"password": "hunter2"})
	if err != nil {
		say("write", nil, err)
	} else {
		say("write", written.VersionMetadata.Version, nil)
	}
	read, err := kv.Get(ctx, "app")
	if err != nil {
		say("read", nil, err)
	} else {
		say("read", read.Data, nil)
	}
	_, err = kv.Get(ctx, "nosuch")
	say("read what is not there", nil, err)
	_, err = client.Logical().ReadWithContext(ctx, "secret/data/other")
	say("read what is forbidden", nil, err)

	renewed, err := client.Auth().Token().RenewSelfWithContext(ctx, 60)
	if err != nil {
		say("renew", nil, err)
	} else {
		say("renew", renewed.Auth.Renewable, nil)
	}

	client.SetWrappingLookupFunc(func(string, string) string { return "1m" })
	wrapped, err := client.Logical().ReadWithContext(ctx, "secret/data/app")
	client.SetWrappingLookupFunc(nil)
	if err != nil {
		say("wrap", nil, err)
	} else {
		unwrapped, err := client.Logical().UnwrapWithContext(ctx, wrapped.WrapInfo.Token)
		if err != nil {
			say("unwrap", nil, err)
		} else {
			say("unwrap", unwrapped.Data["data"], nil)
		}
		_, err = client.Logical().UnwrapWithContext(ctx, wrapped.WrapInfo.Token)
		say("unwrap again", nil, err)
	}
	say("revoke", nil, client.Auth().Token().RevokeSelfWithContext(ctx, ""))
	_, err = client.Auth().Token().LookupSelfWithContext(ctx)
	say("use what is revoked", nil, err)
}
