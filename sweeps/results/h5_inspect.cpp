// Attributes, dimension scales and links: the parts of h5.hpp that describe data rather than hold it.
#define H5_USE_110_API 1  // newer libraries keep these calls under this name
#include <hdf5.h>
#include <hdf5_hl.h>

#include <algorithm>

#include "sweeps/results/h5.hpp"

namespace overtake::h5 {

namespace {

void refuse(const std::string& attempt, const std::string& name, const Handle& on) {
    H5Eclear2(H5E_DEFAULT);
    throw Hdf5Error("cannot " + attempt + " '" + name + "' of '" + on.name() + "'");
}

void write_scalar(const Handle& object, const std::string& name, hid_t type, const void* value) {
    const Handle space(H5Screate(H5S_SCALAR), H5Sclose, name);
    Handle attribute(H5Acreate2(object.id(), name.c_str(), type, space.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose, name);
    if (!attribute.open() || H5Awrite(attribute.id(), type, value) < 0) {
        refuse("write attribute", name, object);
    }
    attribute.close();
}

/// Scalar or one-element attribute of the type class wanted.
Handle open_scalar(const Handle& object, const std::string& name, H5T_class_t wanted) {
    Handle attribute(H5Aopen(object.id(), name.c_str(), H5P_DEFAULT), H5Aclose, name);
    const Handle type(attribute.open() ? H5Aget_type(attribute.id()) : -1, H5Tclose, name);
    const Handle space(attribute.open() ? H5Aget_space(attribute.id()) : -1, H5Sclose, name);
    if (!type.open() || !space.open() || H5Tget_class(type.id()) != wanted ||
        H5Sget_simple_extent_npoints(space.id()) != 1 || (wanted == H5T_STRING && H5Tis_variable_str(type.id()) != 0)) {
        refuse("read attribute", name, object);
    }
    return attribute;
}

struct Walk {
    hid_t file;
    std::vector<Link>* links;
};

herr_t visit(hid_t group, const char* name, const H5L_info_t* info, void* client) {
    const Walk& walk = *static_cast<Walk*>(client);
    Link link{std::string("/") + name, info->type == H5L_TYPE_HARD, false, false};
    if (link.is_hard) {
        H5O_info_t object;
        if (H5Oget_info_by_name2(group, name, &object, H5O_INFO_BASIC, H5P_DEFAULT) < 0) {
            return -1;
        }
        link.is_group = object.type == H5O_TYPE_GROUP;
        link.is_dataset = object.type == H5O_TYPE_DATASET;
    }
    walk.links->push_back(link);
    return 0;
}

}  // namespace

void write_attribute(const Handle& object, const std::string& name, std::string_view text) {
    const Handle type(H5Tcopy(H5T_C_S1), H5Tclose, name);
    H5Tset_size(type.id(), std::max<std::size_t>(1, text.size()));
    H5Tset_cset(type.id(), H5T_CSET_UTF8);
    H5Tset_strpad(type.id(), H5T_STR_NULLPAD);
    write_scalar(object, name, type.id(), text.empty() ? "" : text.data());
}

void write_attribute(const Handle& object, const std::string& name, std::int64_t value) {
    write_scalar(object, name, H5T_STD_I64LE, &value);
}

void write_attribute(const Handle& object, const std::string& name, double value) {
    write_scalar(object, name, H5T_IEEE_F64LE, &value);
}

std::string read_text_attribute(const Handle& object, const std::string& name) {
    const Handle attribute = open_scalar(object, name, H5T_STRING);
    const Handle type(H5Aget_type(attribute.id()), H5Tclose, name);
    std::string text(H5Tget_size(type.id()), '\0');
    if (H5Aread(attribute.id(), type.id(), text.data()) < 0) {
        refuse("read attribute", name, object);
    }
    text.erase(std::min(text.find('\0'), text.size()));
    return text;
}

std::int64_t read_integer_attribute(const Handle& object, const std::string& name) {
    const Handle attribute = open_scalar(object, name, H5T_INTEGER);
    std::int64_t value = 0;
    if (H5Aread(attribute.id(), H5T_NATIVE_INT64, &value) < 0) {
        refuse("read attribute", name, object);
    }
    return value;
}

double read_number_attribute(const Handle& object, const std::string& name) {
    const Handle attribute = open_scalar(object, name, H5T_FLOAT);
    double value = 0;
    if (H5Aread(attribute.id(), H5T_NATIVE_DOUBLE, &value) < 0) {
        refuse("read attribute", name, object);
    }
    return value;
}

bool has_attribute(const Handle& object, const std::string& name) {
    return H5Aexists(object.id(), name.c_str()) > 0;
}

void create_dimension(const Handle& file, const std::string& path, std::uint64_t size) {
    const hsize_t extent = size;
    const Handle space(H5Screate_simple(1, &extent, nullptr), H5Sclose, path);
    Handle dataset(
        H5Dcreate2(file.id(), path.c_str(), H5T_IEEE_F32LE, space.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
        H5Dclose, path);
    // The name that tells netCDF-4 readers to show no variable.
    std::string digits = std::to_string(size);
    digits.insert(0, digits.size() < 10 ? 10 - digits.size() : 0, ' ');
    const std::string name = "This is a netCDF dimension but not a netCDF variable." + digits;
    if (!dataset.open() || H5DSset_scale(dataset.id(), name.c_str()) < 0) {
        refuse("create dimension", path, file);
    }
    dataset.close();
}

void make_coordinate(const Handle& file, const std::string& path, const std::string& name) {
    const Handle dataset = open_object(file, path);
    if (H5DSset_scale(dataset.id(), name.c_str()) < 0) {
        refuse("make a coordinate of", path, file);
    }
}

void attach_dimension(const Handle& user, const Handle& dimension, unsigned axis) {
    if (H5DSattach_scale(user.id(), dimension.id(), axis) < 0) {
        refuse("attach a dimension to axis " + std::to_string(axis) + " of", dimension.name(), user);
    }
}

bool has_dimension(const Handle& user, const Handle& dimension, unsigned axis) {
    const bool attached = H5DSis_attached(user.id(), dimension.id(), axis) > 0;
    H5Eclear2(H5E_DEFAULT);
    return attached;
}

std::vector<Link> walk_links(const Handle& file) {
    std::vector<Link> links;
    Walk walk{file.id(), &links};
    if (H5Lvisit(file.id(), H5_INDEX_NAME, H5_ITER_INC, visit, &walk) < 0) {
        refuse("walk the links", "/", file);
    }
    return links;
}

}  // namespace overtake::h5
