#!/bin/sh
cat __PASSWORD__
