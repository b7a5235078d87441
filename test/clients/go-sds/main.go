// A program with Envoy's own generated Go code (go-control-plane): one StreamSecrets call over the socket in
// SPIFFE_ENDPOINT_SOCKET. What it reads from its input it asks for, a list of names a line; it acknowledges every
// answer, and prints each, with all its fields, as a line of JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	secret "github.com/envoyproxy/go-control-plane/envoy/service/secret/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"
)

const secretType = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"

func say(line any) {
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}

// strangers counts the bytes of a message that Envoy's definitions do not know.
func strangers(message protoreflect.Message) int {
	count := len(message.GetUnknown())
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if field.Message() == nil || field.IsMap() {
			return true
		}
		if !field.IsList() {
			count += strangers(value.Message())
			return true
		}
		for i := 0; i < value.List().Len(); i++ {
			count += strangers(value.List().Get(i).Message())
		}
		return true
	})
	return count
}

func inside(resource *anypb.Any) (map[string]any, error) {
	held := &tls.Secret{}
	if err := resource.UnmarshalTo(held); err != nil {
		return nil, err
	}
	text, err := protojson.Marshal(held)
	if err != nil {
		return nil, err
	}
	line := map[string]any{"strangers": strangers(held.ProtoReflect()), "secret": json.RawMessage(text)}
	config := held.GetValidationContext().GetCustomValidatorConfig()
	if config == nil {
		return line, nil
	}
	validator := &tls.SPIFFECertValidatorConfig{}
	if err := config.GetTypedConfig().UnmarshalTo(validator); err != nil {
		return nil, err
	}
	if err := validator.ValidateAll(); err != nil {
		return nil, err
	}
	line["strangers"] = strangers(held.ProtoReflect()) + strangers(validator.ProtoReflect())
	return line, nil
}

func main() {
	address := os.Getenv("SPIFFE_ENDPOINT_SOCKET")
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		panic(err)
	}
	stream, err := secret.NewSecretDiscoveryServiceClient(connection).StreamSecrets(context.Background())
	if err != nil {
		panic(err)
	}
	var lock sync.Mutex
	var names []string
	last := &discovery.DiscoveryResponse{}
	node := &core.Node{
		Id:                   "go",
		Cluster:              "go",
		UserAgentName:        "envoy",
		UserAgentVersionType: &core.Node_UserAgentBuildVersion{UserAgentBuildVersion: envoyVersion()},
	}
	send := func() {
		// How a call ends is seen where it is received.
		_ = stream.Send(&discovery.DiscoveryRequest{
			Node:          node,
			ResourceNames: names,
			TypeUrl:       secretType,
			VersionInfo:   last.GetVersionInfo(),
			ResponseNonce: last.GetNonce(),
		})
		node = nil
	}
	go func() {
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			lock.Lock()
			names = strings.Fields(lines.Text())
			send()
			lock.Unlock()
		}
		_ = stream.CloseSend()
	}()
	for {
		response, err := stream.Recv()
		if err != nil {
			end := status.Convert(err)
			say(map[string]any{"step": "end", "code": end.Code(), "error": end.Message()})
			return
		}
		secrets := []any{}
		for _, resource := range response.GetResources() {
			line, err := inside(resource)
			if err != nil {
				line = map[string]any{"error": err.Error()}
			}
			secrets = append(secrets, line)
		}
		lock.Lock()
		last = response
		send()
		lock.Unlock()
		say(map[string]any{
			"step":      "answer",
			"version":   response.GetVersionInfo(),
			"nonce":     response.GetNonce(),
			"type":      response.GetTypeUrl(),
			"strangers": strangers(response.ProtoReflect()),
			"secrets":   secrets,
		})
	}
}
