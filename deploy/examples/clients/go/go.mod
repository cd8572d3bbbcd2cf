module github.com/openclaw/openclaw-edge/deploy/examples/clients/go

go 1.19

require (
	github.com/prometheus/client_golang v1.14.0
	github.com/prometheus/common v0.39.0
)
