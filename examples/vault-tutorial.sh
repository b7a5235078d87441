#!/bin/sh
# The steps of Vault's own tutorials, with curl: engines, policies, auth methods, KV 1 and 2, PKI, response wrapping,
# an audit device. Prints each request with its status and stops at the first surprise. Needs curl and jq.
#
#   mistrust serve                       # in another terminal; or a real `vault server -dev`
#   export VAULT_ADDR=… VAULT_TOKEN=…    # and VAULT_CACERT for https
#   sh examples/vault-tutorial.sh
#
# KUBERNETES_HOST, KUBERNETES_CA (a file) and KUBERNETES_TOKEN (a service account's, in namespace default) add a login with
# the Kubernetes method. AUDIT_FILE says where the server shall write its audit log; `stdout` if absent.
set -eu
: "${VAULT_ADDR:?is the address of a Vault}" "${VAULT_TOKEN:?is a root token of it}"

token=$VAULT_TOKEN
wrap=
reply=
audit_file=${AUDIT_FILE:-stdout}

step() { printf '\n== %s\n' "$*"; }

fail() {
  printf '!! %s\n' "$*" >&2
  exit 1
}

# call METHOD PATH STATUS [BODY]: one request; its reply is in $reply.
call() {
  method=$1 path=$2 status=$3
  set -- -sS --noproxy '*' -X "$method" -H 'X-Vault-Request: true' -w '\n%{http_code}' ${4:+--data "$4"}
  [ -z "$token" ] || set -- "$@" -H "X-Vault-Token: $token"
  [ -z "$wrap" ] || set -- "$@" -H "X-Vault-Wrap-TTL: $wrap"
  [ -z "${VAULT_CACERT:-}" ] || set -- "$@" --cacert "$VAULT_CACERT"
  reply=$(curl "$@" "$VAULT_ADDR/v1/$path") || fail "no reply to $method $path"
  code=$(printf '%s\n' "$reply" | tail -n 1)
  reply=$(printf '%s\n' "$reply" | sed '$d')
  printf '   %-6s %-44s %s\n' "$method" "$path" "$code"
  case "|$status|" in *"|$code|"*) ;; *) fail "$method $path: expected $status, got $code: $reply" ;; esac
}

# of FILTER: what jq finds in the last reply.
of() { printf '%s' "$reply" | jq -r "$1"; }

# expect FILTER VALUE: the last reply says so.
expect() {
  got=$(of "$1") || fail "$method $path: no $1 in $reply"
  [ "$got" = "$2" ] || fail "$method $path: $1 is $got, not $2"
}

# json NAME VALUE…: an object of strings.
json() {
  object='{}'
  while [ $# -gt 1 ]; do
    object=$(printf '%s' "$object" | jq -c --arg name "$1" --arg value "$2" '. + {($name): $value}')
    shift 2
  done
  printf '%s' "$object"
}

step 'Is it there, and who am I?'
call GET sys/health 200
expect .sealed false
of '"   version \(.version)"'
call GET auth/token/lookup-self 200
expect '.data.policies | join(",")' root

step 'Enable an audit device'
call POST sys/audit/tutorial '204|400' "$(jq -nc --arg file "$audit_file" '{type: "file", options: {file_path: $file}}')"
if [ "$code" = 204 ]; then
  audited=yes
  call GET sys/audit 200
  expect '.data["tutorial/"].type' file
else
  audited=
  expect '.errors[0] | contains("declarative, config-based audit device management")' true
  echo '   OpenBao takes audit devices from its configuration only'
fi

step 'Enable secrets engines'
call POST sys/mounts/tutorial-kv1 204 '{"type": "kv", "options": {"version": "1"}, "description": "KV version 1"}'
call POST sys/mounts/tutorial-kv2 204 '{"type": "kv", "options": {"version": "2"}}'
call GET sys/mounts 200
expect '.data["tutorial-kv1/"].options.version' 1
expect '.data["tutorial-kv2/"].options.version' 2
call POST sys/mounts/tutorial-kv1 400 '{"type": "kv"}'
expect '.errors[0]' 'path is already in use at tutorial-kv1/'

step 'KV version 1: write, read, list, delete'
call PUT tutorial-kv1/creds 204 '{"passcode": "my-long-passcode"}'
call GET tutorial-kv1/creds 200
expect .data.passcode my-long-passcode
call LIST tutorial-kv1/ 200
expect '.data.keys | join(",")' creds
call DELETE tutorial-kv1/creds 204
call GET tutorial-kv1/creds 404
expect '.errors | length' 0

step 'KV version 2: versions, check-and-set, delete, undelete, destroy'
call POST tutorial-kv2/data/app/db 200 '{"data": {"password": "first"}, "options": {"cas": 0}}'
expect .data.version 1
call POST tutorial-kv2/data/app/db 200 '{"data": {"password": "second"}}'
expect .data.version 2
call POST tutorial-kv2/data/app/db 400 '{"data": {"password": "third"}, "options": {"cas": 1}}'
expect '.errors[0]' 'check-and-set parameter did not match the current version'
call GET tutorial-kv2/data/app/db 200
expect .data.data.password second
call GET 'tutorial-kv2/data/app/db?version=1' 200
expect .data.data.password first
call LIST tutorial-kv2/metadata/app 200
expect '.data.keys | join(",")' db
call DELETE tutorial-kv2/data/app/db 204
call GET tutorial-kv2/data/app/db 404
expect '.data.metadata.deletion_time != ""' true
call POST tutorial-kv2/undelete/app/db 204 '{"versions": [2]}'
call GET tutorial-kv2/data/app/db 200
call PUT tutorial-kv2/destroy/app/db 204 '{"versions": [1]}'
call GET tutorial-kv2/metadata/app/db 200
expect '.data.versions["1"].destroyed' true
expect .data.current_version 2

step 'A policy'
call PUT sys/policies/acl/tutorial 204 "$(json policy '
path "tutorial-kv2/data/app/*"   { capabilities = ["create", "read", "update"] }
path "tutorial-pki-int/sign/web" { capabilities = ["update"] }
')"
call GET sys/policies/acl/tutorial 200
expect '.data.policy | contains("tutorial-kv2/data/app/*")' true

step 'Auth method userpass'
call POST sys/auth/tutorial-userpass 204 '{"type": "userpass"}'
call POST auth/tutorial-userpass/users/mitchellh 204 '{"password": "foo", "token_policies": ["tutorial"]}'
token=
call POST auth/tutorial-userpass/login/mitchellh 400 '{"password": "bar"}'
expect '.errors[0]' 'invalid username or password'
call POST auth/tutorial-userpass/login/mitchellh 200 '{"password": "foo"}'
expect '.auth.policies | join(",")' default,tutorial
token=$(of .auth.client_token)
call GET tutorial-kv2/data/app/db 200
call GET tutorial-kv2/data/other 403
expect '.errors[0] | contains("permission denied")' true
call POST sys/capabilities-self 200 '{"paths": ["tutorial-kv2/data/app/db", "sys/mounts"]}'
expect '.data["tutorial-kv2/data/app/db"] | join(",")' create,read,update
expect '.data["sys/mounts"] | join(",")' deny
call POST auth/token/renew-self 200 '{"increment": "1h"}'
expect .auth.renewable true
call POST auth/token/revoke-self 204
call GET auth/token/lookup-self 403
token=$VAULT_TOKEN

step 'Auth method approle'
call POST sys/auth/tutorial-approle 204 '{"type": "approle"}'
call POST auth/tutorial-approle/role/my-role 204 \
  '{"token_policies": ["tutorial"], "token_ttl": "1h", "token_max_ttl": "4h", "secret_id_num_uses": 1}'
call GET auth/tutorial-approle/role/my-role/role-id 200
role_id=$(of .data.role_id)
call POST auth/tutorial-approle/role/my-role/secret-id 200
secret_id=$(of .data.secret_id)
token=
call POST auth/tutorial-approle/login 200 "$(json role_id "$role_id" secret_id "$secret_id")"
expect .auth.lease_duration 3600
app_token=$(of .auth.client_token)
call POST auth/tutorial-approle/login 400 "$(json role_id "$role_id" secret_id "$secret_id")"
expect '.errors[0]' 'invalid role or secret ID'
token=$VAULT_TOKEN

step 'Auth method kubernetes'
call POST sys/auth/tutorial-kubernetes 204 '{"type": "kubernetes"}'
if [ -n "${KUBERNETES_HOST:-}" ]; then
  ca=$(cat "$KUBERNETES_CA")
  call POST auth/tutorial-kubernetes/config 204 "$(jq -nc --arg host "$KUBERNETES_HOST" --arg ca "$ca" \
    '{kubernetes_host: $host, kubernetes_ca_cert: $ca, disable_local_ca_jwt: true}')"
else
  call POST auth/tutorial-kubernetes/config 204 \
    '{"kubernetes_host": "https://192.0.2.1:6443", "kubernetes_ca_cert": "", "disable_local_ca_jwt": true}'
fi
call POST auth/tutorial-kubernetes/role/webapp '200|204' '{"bound_service_account_names": ["*"],
  "bound_service_account_namespaces": ["default"], "token_policies": ["tutorial"], "ttl": "24h"}'
call GET auth/tutorial-kubernetes/role/webapp 200
expect '.data.bound_service_account_namespaces | join(",")' default
if [ -n "${KUBERNETES_HOST:-}" ]; then
  token=
  call POST auth/tutorial-kubernetes/login 200 "$(json role webapp jwt "$KUBERNETES_TOKEN")"
  expect .auth.metadata.role webapp
  expect .auth.metadata.service_account_namespace default
  expect .auth.lease_duration 86400
  token=$VAULT_TOKEN
fi

step 'PKI: a root, an intermediate, a role, a certificate'
call POST sys/mounts/tutorial-pki 204 '{"type": "pki", "config": {"max_lease_ttl": "87600h"}}'
call POST tutorial-pki/root/generate/internal 200 '{"common_name": "example.com", "ttl": "87600h", "issuer_name": "root"}'
root=$(of .data.certificate)
call POST tutorial-pki/config/urls '200|204' "$(json issuing_certificates "$VAULT_ADDR/v1/tutorial-pki/ca" \
  crl_distribution_points "$VAULT_ADDR/v1/tutorial-pki/crl")"
call POST sys/mounts/tutorial-pki-int 204 '{"type": "pki"}'
call POST sys/mounts/tutorial-pki-int/tune 204 '{"max_lease_ttl": "43800h"}'
call POST tutorial-pki-int/intermediate/generate/internal 200 '{"common_name": "example.com Intermediate Authority"}'
csr=$(of .data.csr)
call POST tutorial-pki/root/sign-intermediate 200 "$(json csr "$csr" format pem_bundle ttl 43800h)"
intermediate=$(of .data.certificate)
call POST tutorial-pki-int/intermediate/set-signed 200 "$(json certificate "$intermediate
$root")"
call POST tutorial-pki-int/roles/web '200|204' '{"allowed_domains": ["example.com"], "allow_subdomains": true, "max_ttl": "720h"}'
call POST tutorial-pki-int/issue/web 200 '{"common_name": "test.example.com", "ttl": "24h"}'
serial=$(of .data.serial_number)
of .data.private_key >/dev/null
expect '.data.ca_chain | length > 0' true
of .data.certificate | head -n 1
call POST tutorial-pki-int/issue/web 400 '{"common_name": "example.org"}'
expect '.errors[0] | contains("common name example.org not allowed by this role")' true
call GET "tutorial-pki-int/cert/$serial" 200
call LIST tutorial-pki-int/certs 200
token=
call GET tutorial-pki-int/ca/pem 200
call GET tutorial-pki-int/ca_chain 200
token=$VAULT_TOKEN
call POST tutorial-pki-int/revoke 200 "$(json serial_number "$serial")"
expect '.data.revocation_time > 0' true

step 'Response wrapping'
wrap=120s
call GET tutorial-kv2/data/app/db 200
expect .wrap_info.ttl 120
expect .wrap_info.creation_path tutorial-kv2/data/app/db
wrapping=$(of .wrap_info.token)
wrap=
call POST sys/wrapping/lookup 200 "$(json token "$wrapping")"
expect .data.creation_path tutorial-kv2/data/app/db
token=$wrapping
call POST sys/wrapping/unwrap 200
expect .data.data.password second
call POST sys/wrapping/unwrap '400|403'
token=$VAULT_TOKEN

step 'The audit log'
if [ -n "$audited" ]; then
  call POST sys/audit-hash/tutorial 200 '{"input": "my-long-passcode"}'
  hash=$(of .data.hash)
  if [ -r "$audit_file" ]; then
    ! grep -q my-long-passcode "$audit_file" || fail 'the audit log shows a secret'
    lines=$(grep -c "$hash" "$audit_file") || fail 'the audit log does not show the hash of a secret'
    echo "   $lines lines of $audit_file hold $hash"
  fi
  call DELETE sys/audit/tutorial 204
fi

step 'Clean up'
call POST auth/token/revoke 204 "$(json token "$app_token")"
for engine in kv1 kv2 pki pki-int; do call DELETE "sys/mounts/tutorial-$engine" 204; done
for method_name in userpass approle kubernetes; do call DELETE "sys/auth/tutorial-$method_name" 204; done
call DELETE sys/policies/acl/tutorial 204
call GET tutorial-kv2/data/app/db '403|404'

printf '\nAll as expected.\n'
