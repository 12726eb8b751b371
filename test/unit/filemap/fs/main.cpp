#define BOOST_TEST_MODULE unit_fs
#include <boost/test/unit_test.hpp>
