package temporalserver

import (
	"context"
	"errors"
	"fmt"
	"net"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"

	"tocsin/cmd/tocsin-local/internal/ports"
)

// webUI is Temporal's web UI on a loopback port.
type webUI struct {
	inner   *uiserver.Server
	address string
	ended   chan error
}

// startUI returns once the page can be requested.
//
// The UI opens its listener itself and ends the process if it cannot, so the
// port is released as late as possible.
func startUI(ctx context.Context, frontend, namespace string) (ui *webUI, failure error) {
	reserved, err := ports.Reserve(ctx, 1)
	if err != nil {
		return nil, err
	}
	port := reserved.Numbers()[0]
	defer func() { failure = errors.Join(failure, reserved.Release()) }()
	defer func() {
		// The UI's constructor panics where others return an error.
		if reason := recover(); reason != nil {
			failure = fmt.Errorf("build web UI: %v", reason)
		}
	}()
	ui = &webUI{
		address: "http://" + ports.Address(port),
		ended:   make(chan error, 1),
		inner: uiserver.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
			TemporalGRPCAddress: frontend,
			Host:                ports.Loopback,
			Port:                port,
			EnableUI:            true,
			DefaultNamespace:    namespace,
			HideLogs:            true,
			// No request leaves the machine.
			DisableNewsFetch: true,
			// Acts belong into the record: they go through Tocsin.
			DisableWriteActions: true,
			CORS:                uiconfig.CORS{CookieInsecure: true},
		})),
	}
	if err := reserved.Release(); err != nil {
		return nil, fmt.Errorf("release port: %w", err)
	}
	go func() { ui.ended <- ui.inner.Start() }()
	err = until(ctx, func(ctx context.Context) error {
		var dialer net.Dialer
		connection, err := dialer.DialContext(ctx, "tcp", ports.Address(port))
		if err != nil {
			return err
		}
		return connection.Close()
	})
	if err != nil {
		ui.stop()
		return nil, errors.Join(errors.New("web UI does not answer"), err)
	}
	return ui, nil
}

func (u *webUI) stop() {
	u.inner.Stop()
	<-u.ended
}
