package main

import (
	"os"
	"strconv"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	semver "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/protobuf/types/known/structpb"
)

// envoyVersion is what Envoy says of itself: the server must read it to choose how it sends a bundle.
func envoyVersion() *core.BuildVersion {
	minor, err := strconv.ParseUint(os.Getenv("ENVOY_MINOR"), 10, 32)
	if err != nil {
		minor = 40
	}
	return &core.BuildVersion{
		Version: &semver.SemanticVersion{MajorNumber: 1, MinorNumber: uint32(minor)},
		Metadata: &structpb.Struct{Fields: map[string]*structpb.Value{
			"build.type": structpb.NewStringValue("RELEASE"),
		}},
	}
}
