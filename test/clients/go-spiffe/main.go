// A program with go-spiffe: it holds an X509Source and a JWTSource, and says what reaches them, a line of JSON each.
// What it reads from its input it does: "jwt AUDIENCE", "x509" and "bundles" as single calls.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/spiffe/go-spiffe/v2/svid/jwtsvid"
	"github.com/spiffe/go-spiffe/v2/workloadapi"
)

var output sync.Mutex

func say(step string, result any, err error) {
	line := map[string]any{"step": step}
	if err != nil {
		line["error"] = err.Error()
	} else {
		line["result"] = result
	}
	text, _ := json.Marshal(line)
	output.Lock()
	defer output.Unlock()
	fmt.Println(string(text))
}

// logger says what the library would write into a program's log.
type logger struct{}

func (logger) Debugf(string, ...any)          {}
func (logger) Infof(string, ...any)           {}
func (logger) Warnf(format string, a ...any)  { say("warning", fmt.Sprintf(format, a...), nil) }
func (logger) Errorf(format string, a ...any) { say("log", fmt.Sprintf(format, a...), nil) }

func watchX509(ctx context.Context, client *workloadapi.Client) {
	source, err := workloadapi.NewX509Source(ctx, workloadapi.WithClient(client))
	if err != nil {
		say("x509 source", nil, err)
		return
	}
	for {
		svid, err := source.GetX509SVID()
		if err != nil {
			say("x509 source", nil, err)
		} else if bundle, err := source.GetX509BundleForTrustDomain(svid.ID.TrustDomain()); err != nil {
			say("x509 source", nil, err)
		} else {
			leaf := svid.Certificates[0]
			say("x509 source", map[string]any{
				"id":          svid.ID.String(),
				"hint":        svid.Hint,
				"serial":      leaf.SerialNumber.String(),
				"notAfter":    leaf.NotAfter.UnixMilli(),
				"authorities": len(bundle.X509Authorities()),
			}, nil)
		}
		<-source.Updated()
	}
}

func jwt(ctx context.Context, source *workloadapi.JWTSource, audience string) (any, error) {
	svid, err := source.FetchJWTSVID(ctx, jwtsvid.Params{Audience: audience})
	if err != nil {
		return nil, err
	}
	checked, err := jwtsvid.ParseAndValidate(svid.Marshal(), source, []string{audience})
	if err != nil {
		return nil, err
	}
	validated, err := workloadapi.ValidateJWTSVID(ctx, svid.Marshal(), audience)
	if err != nil {
		return nil, err
	}
	return []string{svid.ID.String(), checked.ID.String(), validated.ID.String()}, nil
}

func single(ctx context.Context, client *workloadapi.Client, source *workloadapi.JWTSource, line string) {
	what, rest, _ := strings.Cut(line, " ")
	switch what {
	case "jwt":
		result, err := jwt(ctx, source, rest)
		say("jwt", result, err)
	case "x509":
		svid, err := client.FetchX509SVID(ctx)
		if err != nil {
			say("x509", nil, err)
			return
		}
		say("x509", svid.ID.String(), nil)
	case "bundles":
		bundles, err := client.FetchX509Bundles(ctx)
		if err != nil {
			say("bundles", nil, err)
			return
		}
		domains := []string{}
		for _, bundle := range bundles.Bundles() {
			domains = append(domains, bundle.TrustDomain().Name())
		}
		say("bundles", domains, nil)
	}
}

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	client, err := workloadapi.New(ctx, workloadapi.WithLogger(logger{}))
	if err != nil {
		say("client", nil, err)
		return
	}
	go watchX509(ctx, client)
	source, err := workloadapi.NewJWTSource(ctx, workloadapi.WithClient(client))
	if err != nil {
		say("jwt source", nil, err)
		return
	}
	say("jwt source", true, nil)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		single(ctx, client, source, lines.Text())
	}
}
