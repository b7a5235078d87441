package main

import (
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	semver "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/protobuf/types/known/structpb"
)

// envoyVersion is what Envoy 1.40.0 says of itself: the server must read it to choose how it sends a bundle.
func envoyVersion() *core.BuildVersion {
	return &core.BuildVersion{
		Version: &semver.SemanticVersion{MajorNumber: 1, MinorNumber: 40},
		Metadata: &structpb.Struct{Fields: map[string]*structpb.Value{
			"build.type": structpb.NewStringValue("RELEASE"),
		}},
	}
}
