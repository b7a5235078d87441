// A Go client of Vault reduced to one request, to see what its TLS does. It takes the environment that `vault` takes.
// Usage: VAULT_ADDR=https://… VAULT_CACERT=ca.pem go-probe [PATH]
// Prints the version of HTTP, the status and the cipher suite, or what Go says is wrong, and then exits with 1.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"
)

func main() {
	if err := run(); err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		fmt.Println(err)
		os.Exit(1)
	}
}

func run() error {
	path := "/v1/sys/health"
	if len(os.Args) > 1 {
		path = os.Args[1]
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: os.Getenv("VAULT_TLS_SERVER_NAME")}
	if file := os.Getenv("VAULT_CACERT"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(pem)
	}
	if cert := os.Getenv("VAULT_CLIENT_CERT"); cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, os.Getenv("VAULT_CLIENT_KEY"))
		if err != nil {
			return err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.TLSClientConfig = config
	client := &http.Client{Transport: transport, Timeout: 5 * time.Second}
	request, err := http.NewRequest("GET", os.Getenv("VAULT_ADDR")+path, nil)
	if err != nil {
		return err
	}
	if token := os.Getenv("VAULT_TOKEN"); token != "" {
		request.Header.Set("X-Vault-Token", token)
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	suite := "no TLS"
	if response.TLS != nil {
		suite = tls.CipherSuiteName(response.TLS.CipherSuite)
	}
	fmt.Println(response.Proto, response.StatusCode, suite)
	return nil
}
