module example.org/host

go 1.19

require example.org/holdfast v0.0.0

replace example.org/holdfast => ../../../../bindings/go
