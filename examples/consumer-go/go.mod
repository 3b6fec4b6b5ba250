module dagger/consumer-go

go 1.26.1
